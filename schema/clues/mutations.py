"""Commands of clues in the API: the public's and the staff's."""

import strawberry

from infra.identifiers import PhoneNumber
from schema.clues.inputs import (
    ClueAcceptInput,
    ClueAssignInput,
    ClueConcludeInput,
    ClueConclusionProposeInput,
    ClueConclusionReturnInput,
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
from schema.compiler.sources import read_where
from schema.fields import changed, done, mutation
from schema.payloads import payload, shown
from services.clues import conclusions, intake, service
from services.clues.errors import ClueErrorCode
from tenants.access import Permission
from tenants.session import scope_of


@strawberry.type(description="回执 — what a reporter keeps to follow the report")
class Receipt:
    ticket_no: str = strawberry.field(description="编号 — public number")
    secret: str = strawberry.field(description="回执码 — shown once; nobody can look it up")


@payload(ClueErrorCode, "举报结果 — the receipt, or why the report was not taken")
class ClueReportPayload:
    receipt: Receipt | None = shown("回执 — keep it")


@payload(ClueErrorCode, "补充结果 — the report's progress, or why nothing was added")
class ClueSupplementPayload:
    progress: ClueProgress | None = shown("举报进展 — now")


@payload(ClueErrorCode, "线索操作结果 — the clue, or why the command was refused")
class CluePayload:
    clue: Clue | None = shown("线索 — as it is now")


@payload(ClueErrorCode, "举报人联系方式 — the opened number, or why it stays sealed")
class ClueReporterPayload:
    phone: PhoneNumber | None = shown("手机号 — null when the reporter left none")


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
        return CluePayload(clue=await changed(Clue, service.triage_clue, info, input))

    @mutation("不予受理 — reject", action="clue.reject", permission=Permission.CLUE_TRIAGE)
    async def clue_reject(
        self, info: strawberry.Info, input: ClueRejectInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, service.triage_clue, info, input))

    @mutation(
        "要求补充 — ask for more", action="clue.request_info", permission=Permission.CLUE_TRIAGE
    )
    async def clue_request_info(
        self, info: strawberry.Info, input: ClueRequestInfoInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, service.triage_clue, info, input))

    @mutation("合并线索 — merge", action="clue.merge", permission=Permission.CLUE_TRIAGE)
    async def clue_merge(self, info: strawberry.Info, input: ClueMergeInput) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, service.triage_clue, info, input))

    @mutation("指派核查 — assign", action="clue.assign", permission=Permission.CLUE_ASSIGN)
    async def clue_assign(
        self, info: strawberry.Info, input: ClueAssignInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, conclusions.assign_clue, info, input))

    @mutation(
        "拟定结论 — propose what was found",
        action="clue.conclusion_propose",
        permission=Permission.CLUE_PROPOSE,
    )
    async def clue_conclusion_propose(
        self, info: strawberry.Info, input: ClueConclusionProposeInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, conclusions.propose_conclusion, info, input))

    @mutation(
        "签署结论 — sign what was found; what follows from it follows at once",
        action="clue.conclude",
        permission=Permission.CLUE_CONCLUDE,
    )
    async def clue_conclude(
        self, info: strawberry.Info, input: ClueConcludeInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, conclusions.conclude_clue, info, input))

    @mutation(
        "退回结论 — send a proposal back",
        action="clue.conclusion_return",
        permission=Permission.CLUE_CONCLUDE,
    )
    async def clue_conclusion_return(
        self, info: strawberry.Info, input: ClueConclusionReturnInput
    ) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, conclusions.return_conclusion, info, input))

    @mutation(
        "答复举报人 — reply",
        action="clue.reply",
        permission=Permission.CLUE_REPLY,
        idempotent=True,
    )
    async def clue_reply(self, info: strawberry.Info, input: ClueReplyInput) -> CluePayload | None:
        return CluePayload(clue=await changed(Clue, service.reply_clue, info, input))

    @mutation(
        "查看举报人 — open the reporter's number, with a reason, audited",
        action="clue.reporter_open",
        permission=Permission.REPORTER_OPEN,
    )
    async def clue_reporter_open(
        self, info: strawberry.Info, input: ClueReporterOpenInput
    ) -> ClueReporterPayload | None:
        phone = await done(service.open_reporter, info, input)
        return ClueReporterPayload(phone=PhoneNumber(phone) if phone else None)
