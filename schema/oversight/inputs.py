"""Inputs of the oversight mutations."""

from uuid import UUID

import strawberry

from infra.errors import NotFound
from infra.ids import decode_id
from schema.organisation.ids import row_id
from schema.replay import KEY
from services.oversight.service import DraftOrder, TakeStep

_ID = "文书 — id of the paper"
_VERSION = "预期版本 — the version that was read; CONFLICT when it has changed"


@strawberry.input(description="起草督办单 — begin a supervision order")
class OversightDocumentDraftInput:
    target_id: strawberry.ID = strawberry.field(
        description="被督办单位 — id of the tenant, a county or zone of the jurisdiction"
    )
    demand: str = strawberry.field(description="督办要求 — 10 to 1000 characters")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, _tenant_id: int) -> DraftOrder:
        """The command. Raises NotFound for what is no id of a tenant."""
        decoded = decode_id(self.target_id)
        if decoded is None or (decoded.type, decoded.id) != ("Tenant", UUID(int=0)):
            raise NotFound("targetId")
        return DraftOrder(decoded.tenant_id, self.demand)


@strawberry.input(description="签发 — sign a draft; it gets its number and goes to the target")
class OversightDocumentSignInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> TakeStep:
        """The command in that tenant."""
        return TakeStep(row_id(self.id, tenant_id, "OversightDocument"), self.expected_version)


@strawberry.input
class _Step:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)

    def command(self, tenant_id: int) -> TakeStep:
        """The command in that tenant."""
        return TakeStep(row_id(self.id, tenant_id, "OversightDocument"), self.expected_version)


@strawberry.input(description="作废草稿 — lay a draft aside")
class OversightDocumentDiscardInput(_Step):
    """A step that says nothing more."""


@strawberry.input(description="签收督办单 — sign for a paper that came")
class OversightDocumentAcknowledgeInput(_Step):
    """A step that says nothing more."""


@strawberry.input(description="办结督办单 — accept the answer")
class OversightDocumentCloseInput(_Step):
    """A step that says nothing more."""


@strawberry.input(description="答复督办单 — what was done")
class OversightDocumentAnswerInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    answer: str = strawberry.field(description="答复 — 10 to 2000 characters")

    def command(self, tenant_id: int) -> TakeStep:
        """The command in that tenant."""
        document = row_id(self.id, tenant_id, "OversightDocument")
        return TakeStep(document, self.expected_version, self.answer)
