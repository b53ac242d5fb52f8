"""Commands of oversight in the API: the issuer's and the target's."""

from typing import Any

import strawberry

from schema.context import Context
from schema.errors import Code, refused
from schema.fields import changed, mutation
from schema.oversight.documents import OversightDocument
from schema.oversight.inputs import (
    OversightDocumentAcknowledgeInput,
    OversightDocumentAnswerInput,
    OversightDocumentCloseInput,
    OversightDocumentDiscardInput,
    OversightDocumentDraftInput,
    OversightDocumentSignInput,
)
from schema.payloads import payload, shown
from services.oversight import service
from services.oversight.errors import OversightErrorCode
from tenants.access import Permission
from tenants.scope import Scope


async def issuing_scope(context: Context, _arguments: dict[str, Any]) -> Scope:
    """The asker's own jurisdiction alone: a supervisor drafts and signs at home.

    Raises UNAUTHENTICATED without a token.
    """
    await context.refresh()
    if context.principal is None:
        raise refused(Code.UNAUTHENTICATED)
    return Scope.county(context.principal.tenant_id, context.principal.account_id)


@payload(OversightErrorCode, "督导文书操作结果 — the paper, or why the command was refused")
class OversightPayload:
    document: OversightDocument | None = shown("文书 — as it is now; with CONFLICT as it stands")


@strawberry.type
class OversightMutation:
    @mutation(
        "起草督办单 — begin a supervision order to a county below",
        action="oversight.draft",
        permission=Permission.OVERSIGHT_DRAFT,
        scope=issuing_scope,
        idempotent=True,
    )
    async def oversight_document_draft(
        self, info: strawberry.Info, input: OversightDocumentDraftInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.draft_order, info, input)
        return OversightPayload(document=document)

    @mutation(
        "签发督办单 — sign a draft",
        action="oversight.sign",
        permission=Permission.OVERSIGHT_SIGN,
        scope=issuing_scope,
        idempotent=True,
    )
    async def oversight_document_sign(
        self, info: strawberry.Info, input: OversightDocumentSignInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.sign_document, info, input)
        return OversightPayload(document=document)

    @mutation(
        "作废草稿 — lay a draft aside",
        action="oversight.discard",
        permission=Permission.OVERSIGHT_SIGN,
        scope=issuing_scope,
    )
    async def oversight_document_discard(
        self, info: strawberry.Info, input: OversightDocumentDiscardInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.discard_draft, info, input)
        return OversightPayload(document=document)

    @mutation(
        "签收督办单 — sign for a paper that came",
        action="oversight.acknowledge",
        permission=Permission.OVERSIGHT_ANSWER,
    )
    async def oversight_document_acknowledge(
        self, info: strawberry.Info, input: OversightDocumentAcknowledgeInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.acknowledge_document, info, input)
        return OversightPayload(document=document)

    @mutation(
        "答复督办单 — answer a paper",
        action="oversight.answer",
        permission=Permission.OVERSIGHT_ANSWER,
    )
    async def oversight_document_answer(
        self, info: strawberry.Info, input: OversightDocumentAnswerInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.answer_document, info, input)
        return OversightPayload(document=document)

    @mutation(
        "办结督办单 — accept the answer",
        action="oversight.close",
        permission=Permission.OVERSIGHT_SIGN,
        scope=issuing_scope,
    )
    async def oversight_document_close(
        self, info: strawberry.Info, input: OversightDocumentCloseInput
    ) -> OversightPayload | None:
        document = await changed(OversightDocument, service.close_document, info, input)
        return OversightPayload(document=document)
