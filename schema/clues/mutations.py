"""Commands of clues in the API: the public's and the staff's."""

from typing import Any

import strawberry

from infra.identifiers import PhoneNumber
from schema.clues.inputs import (
    ClueAcceptInput,
    ClueMergeInput,
    ClueRejectInput,
    ClueReplyInput,
    ClueReporterOpenInput,
    ClueReportInput,
    ClueRequestInfoInput,
    ClueSupplementInput,
)
from schema.clues.receipts import reporting_scope, supplementing_scope
from schema.clues.types import Clue, ClueProgress
from schema.compiler.sources import read, read_where
from schema.fields import UserError, mutation
from schema.organisation.ids import row_id
from services.clues import intake, service
from tenants.access import Permission
from tenants.session import scope_of


@strawberry.type(description="回执 — what a reporter keeps to follow the report")
class Receipt:
    ticket_no: str = strawberry.field(description="编号 — public number")
    secret: str = strawberry.field(description="回执码 — shown once; nobody can look it up")


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="用户错误 — what the user can mend")


@strawberry.type(description="举报结果 — the receipt, or why the report was not taken")
class ClueReportPayload:
    receipt: Receipt | None = strawberry.field(default=None, description="回执 — keep it")
    user_errors: list[UserError] = _errors()


@strawberry.type(description="补充结果 — the report's progress, or why nothing was added")
class ClueSupplementPayload:
    progress: ClueProgress | None = strawberry.field(default=None, description="举报进展 — now")
    user_errors: list[UserError] = _errors()


@strawberry.type(description="线索操作结果 — the clue, or why the command was refused")
class CluePayload:
    clue: Clue | None = strawberry.field(default=None, description="线索 — as it is now")
    user_errors: list[UserError] = _errors()


@strawberry.type(description="举报人联系方式 — the opened number, or why it stays sealed")
class ClueReporterPayload:
    phone: PhoneNumber | None = strawberry.field(
        default=None, description="手机号 — null when the reporter left none"
    )
    user_errors: list[UserError] = _errors()


async def _triaged(info: strawberry.Info, input: Any) -> CluePayload:
    context = info.context
    command = input.command(context.principal.tenant_id)
    clue = await service.triage_clue(context.session, context.principal, command)
    return CluePayload(clue=read(Clue, clue.id, clue.tenant_id))


@strawberry.type
class ClueMutation:
    @mutation(
        "举报 — report a violation without a token", action="clue.report", scope=reporting_scope
    )
    async def clue_report(
        self, info: strawberry.Info, input: ClueReportInput
    ) -> ClueReportPayload | None:
        given = await intake.report_clue(info.context.session, input.command())
        return ClueReportPayload(receipt=Receipt(ticket_no=given.ticket_no, secret=given.secret))

    @mutation(
        "补充举报 — add what was asked for, by receipt",
        action="clue.supplement",
        scope=supplementing_scope,
    )
    async def clue_supplement(
        self, info: strawberry.Info, input: ClueSupplementInput
    ) -> ClueSupplementPayload | None:
        session = info.context.session
        await intake.supplement_clue(session, input.facts)
        ticket = input.ticket_no.strip().upper()
        return ClueSupplementPayload(
            progress=read_where(ClueProgress, scope_of(session), ticket_no=ticket)
        )

    @mutation("受理线索 — accept", action="clue.accept", permission=Permission.CLUE_TRIAGE)
    async def clue_accept(
        self, info: strawberry.Info, input: ClueAcceptInput
    ) -> CluePayload | None:
        return await _triaged(info, input)

    @mutation("不予受理 — reject", action="clue.reject", permission=Permission.CLUE_TRIAGE)
    async def clue_reject(
        self, info: strawberry.Info, input: ClueRejectInput
    ) -> CluePayload | None:
        return await _triaged(info, input)

    @mutation(
        "要求补充 — ask for more", action="clue.request_info", permission=Permission.CLUE_TRIAGE
    )
    async def clue_request_info(
        self, info: strawberry.Info, input: ClueRequestInfoInput
    ) -> CluePayload | None:
        return await _triaged(info, input)

    @mutation("合并线索 — merge", action="clue.merge", permission=Permission.CLUE_TRIAGE)
    async def clue_merge(self, info: strawberry.Info, input: ClueMergeInput) -> CluePayload | None:
        return await _triaged(info, input)

    @mutation("答复举报人 — reply", action="clue.reply", permission=Permission.CLUE_REPLY)
    async def clue_reply(self, info: strawberry.Info, input: ClueReplyInput) -> CluePayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        clue = await service.reply_clue(context.session, context.principal, command)
        return CluePayload(clue=read(Clue, clue.id, clue.tenant_id))

    @mutation(
        "查看举报人 — open the reporter's number, with a reason, audited",
        action="clue.reporter_open",
        permission=Permission.REPORTER_OPEN,
    )
    async def clue_reporter_open(
        self, info: strawberry.Info, input: ClueReporterOpenInput
    ) -> ClueReporterPayload | None:
        context = info.context
        clue_id = row_id(input.id, context.principal.tenant_id, "Clue")
        phone = await service.open_reporter(
            context.session, context.principal, clue_id, input.reason
        )
        return ClueReporterPayload(phone=PhoneNumber(phone) if phone else None)
