"""Commands of files in the API."""

from datetime import UTC, datetime

import strawberry

from infra.ids import encode_id
from schema.fields import done, mutation
from schema.files.inputs import FileOriginalOpenInput, StagedUploadCreateInput
from schema.payloads import payload, shown
from services.files import links, service
from services.files.errors import FileErrorCode, StagedUploadErrorCode
from services.files.rules import Copy
from tenants.access import Permission


@strawberry.type(description="表单字段 — a field of the form, sent before the file")
class UploadParameter:
    name: str = strawberry.field(description="字段名 — of the form's field")
    value: str = strawberry.field(description="值 — to be sent as it is")


@strawberry.type(description="待传文件 — where and how to send a file's bytes")
class StagedUpload:
    url: str = strawberry.field(
        description="上传地址 — a path on this host; send the same bearer token"
    )
    method: str = strawberry.field(description="方法 — always POST, as multipart/form-data")
    parameters: list[UploadParameter] = strawberry.field(
        description="表单字段 — to be sent before the field `file`; may be none"
    )
    resource_url: str = strawberry.field(
        description="资源地址 — pass it on to the command that uses the file"
    )
    expires_at: datetime = strawberry.field(
        description="到期时间 — a file that nothing uses by then is removed"
    )


@strawberry.type(description="文件链接 — a signed way to a file")
class FileLink:
    url: str = strawberry.field(description="下载地址 — a path on this host")
    expires_at: datetime = strawberry.field(description="到期时间 — when it stops working")


@payload(StagedUploadErrorCode, "申请上传结果 — where to send the file, or why not")
class StagedUploadPayload:
    upload: StagedUpload | None = shown("待传文件 — send the bytes there")


@payload(FileErrorCode, "调取原件结果 — the link, or why it was refused")
class FileOriginalPayload:
    original: FileLink | None = shown("原件 — the file as it came, with all its metadata")


@strawberry.type
class FileMutation:
    @mutation(
        "申请上传 — prepare to upload a file; a form of one file is sent to the answered address",
        action="upload.stage",
        permission=Permission.FILE_UPLOAD,
    )
    async def staged_upload_create(
        self, info: strawberry.Info, input: StagedUploadCreateInput
    ) -> StagedUploadPayload | None:
        upload = await done(service.stage_upload, info, input)
        address = links.PATH + encode_id("File", upload.tenant_id, upload.id)
        return StagedUploadPayload(
            upload=StagedUpload(
                url=address,
                method="POST",
                parameters=[],
                resource_url=address,
                expires_at=upload.expires_at,
            )
        )

    @mutation(
        "调取原件 — open a file's original; who and why is kept in the audit chain",
        action="file.original",
        permission=Permission.FILE_ORIGINAL,
    )
    async def file_original_open(
        self, info: strawberry.Info, input: FileOriginalOpenInput
    ) -> FileOriginalPayload | None:
        file = await done(service.open_original, info, input)
        link = links.link_to(file.tenant_id, file.id, Copy.ORIGINAL)
        return FileOriginalPayload(
            original=FileLink(
                url=links.sign(link), expires_at=datetime.fromtimestamp(link.expires_at, UTC)
            )
        )
