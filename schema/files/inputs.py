"""Inputs of the file mutations."""

from uuid import UUID

import strawberry

from schema.files import types as types  # registers the enums before an input has them
from schema.organisation.ids import row_id
from services.files.links import PATH
from services.files.models import FilePurpose
from services.files.service import OpenOriginal, StageUpload


def staged_file(value: str, tenant_id: int) -> UUID:
    """The file that an input names by its id or by the `resourceUrl` of its upload."""
    return row_id(value.removeprefix(PATH), tenant_id, "File")


@strawberry.input(description="申请上传 — an upload to come")
class StagedUploadCreateInput:
    purpose: FilePurpose = strawberry.field(description="用途 — what the file is for")

    def command(self, tenant_id: int) -> StageUpload:
        """The command in that tenant."""
        return StageUpload(self.purpose)


@strawberry.input(description="调取原件 — opens the original of a file")
class FileOriginalOpenInput:
    id: strawberry.ID = strawberry.field(description="文件 — id of the file")
    reason: str = strawberry.field(
        description="事由 — 5 to 200 characters; kept in the audit chain with who asked"
    )

    def command(self, tenant_id: int) -> OpenOriginal:
        """The command in that tenant."""
        return OpenOriginal(row_id(self.id, tenant_id, "File"), self.reason)
