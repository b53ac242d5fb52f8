"""Inputs of the clue mutations."""

import strawberry

from infra.identifiers import PhoneNumber
from schema.organisation.ids import row_id
from schema.replay import KEY
from services.clues.conclusions import (
    AssignClue,
    ConcludeClue,
    ProposeConclusion,
    ReturnConclusion,
)
from services.clues.intake import ReportClue
from services.clues.models import ClueChannel, ClueOutcome, ClueStatus, ReplyChannel
from services.clues.service import OpenReporter, ReplyClue, TriageClue
from services.problems.models import ViolationType


@strawberry.input(description="举报 — a report by somebody without a token")
class ClueReportInput:
    tenant_code: str = strawberry.field(description="公开代码 — of the place it is about")
    idempotency_key: str = strawberry.field(
        description="幂等键 — 22 to 64 random characters; keep it to repeat the same report"
    )
    violation_type: ViolationType = strawberry.field(description="违规类型 — what is alleged")
    subject_name: str = strawberry.field(description="举报对象 — 2 to 100 characters")
    facts: str = strawberry.field(description="事实 — 10 to 2,000 characters")
    channel: ClueChannel = strawberry.field(
        default=ClueChannel.WEB, description="渠道 — where it was taken in"
    )
    place_code: str | None = strawberry.field(
        default=None, description="地点编码 — division, school zone or unit"
    )
    place_text: str | None = strawberry.field(
        default=None, description="地点 — in words, 2 to 200 characters"
    )
    phone: PhoneNumber | None = strawberry.field(
        default=None, description="手机号 — sealed at once; for the receipt and the answer"
    )

    def command(self) -> ReportClue:
        """The command; its tenant is the scope's."""
        return ReportClue(
            idempotency_key=self.idempotency_key,
            channel=self.channel,
            violation_type=self.violation_type,
            subject_name=self.subject_name,
            facts=self.facts,
            place_code=self.place_code,
            place_text=self.place_text,
            phone=self.phone,
        )


@strawberry.input(description="补充举报 — more information by receipt")
class ClueSupplementInput:
    tenant_code: str = strawberry.field(description="公开代码 — of the place")
    ticket_no: str = strawberry.field(description="编号 — of the receipt")
    secret: str = strawberry.field(description="回执码 — of the receipt")
    facts: str = strawberry.field(description="事实 — 5 to 2,000 characters")


@strawberry.input(description="受理线索 — accept a clue")
class ClueAcceptInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")

    def command(self, tenant_id: int) -> TriageClue:
        """The command in that tenant."""
        return TriageClue(row_id(self.id, tenant_id, "Clue"), ClueStatus.ACCEPTED)


@strawberry.input(description="不予受理 — reject a clue")
class ClueRejectInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    reason: str = strawberry.field(description="理由 — 2 to 500 characters")

    def command(self, tenant_id: int) -> TriageClue:
        """The command in that tenant."""
        return TriageClue(row_id(self.id, tenant_id, "Clue"), ClueStatus.REJECTED, self.reason)


@strawberry.input(description="要求补充 — ask the reporter for more")
class ClueRequestInfoInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    question: str = strawberry.field(description="问题 — 2 to 500 characters")

    def command(self, tenant_id: int) -> TriageClue:
        """The command in that tenant."""
        return TriageClue(row_id(self.id, tenant_id, "Clue"), ClueStatus.NEED_INFO, self.question)


@strawberry.input(description="合并线索 — merge a clue into an earlier one")
class ClueMergeInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    into: strawberry.ID = strawberry.field(description="合并至 — id of the earlier clue")

    def command(self, tenant_id: int) -> TriageClue:
        """The command in that tenant."""
        return TriageClue(
            row_id(self.id, tenant_id, "Clue"),
            ClueStatus.MERGED,
            merged_into_id=row_id(self.into, tenant_id, "Clue"),
        )


@strawberry.input(description="答复举报人 — answer the reporter")
class ClueReplyInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    text: str = strawberry.field(description="答复 — 5 to 1,000 characters")
    channel: ReplyChannel = strawberry.field(description="答复方式 — how it is given")
    idempotency_key: str = strawberry.field(description=KEY)
    proof: str | None = strawberry.field(
        default=None, description="凭据 — of a telephone call: when and from which line"
    )

    def command(self, tenant_id: int) -> ReplyClue:
        """The command in that tenant."""
        return ReplyClue(row_id(self.id, tenant_id, "Clue"), self.text, self.channel, self.proof)


@strawberry.input(description="查看举报人 — open a reporter's number")
class ClueReporterOpenInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    reason: str = strawberry.field(description="理由 — 5 to 200 characters, kept in the audit")

    def command(self, tenant_id: int) -> OpenReporter:
        """The command in that tenant."""
        return OpenReporter(row_id(self.id, tenant_id, "Clue"), self.reason)


@strawberry.input(description="指派核查 — the post that shall verify")
class ClueAssignInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    post_id: strawberry.ID = strawberry.field(description="岗位 — id of the post; it owns the clue")

    def command(self, tenant_id: int) -> AssignClue:
        """The command in that tenant."""
        return AssignClue(
            row_id(self.id, tenant_id, "Clue"), row_id(self.post_id, tenant_id, "Post")
        )


@strawberry.input(description="拟定结论 — what verification found, for a leader to sign")
class ClueConclusionProposeInput:
    id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    outcome: ClueOutcome = strawberry.field(description="核查结果 — whether the report is true")
    text: str = strawberry.field(description="结论 — 5 to 2,000 characters; no reporter in it")
    conduct: ViolationType | None = strawberry.field(
        default=None, description="查实行为 — needed where the report is true, and only there"
    )
    institution_id: strawberry.ID | None = strawberry.field(
        default=None, description="机构 — id of the institution concerned, if registered"
    )

    def command(self, tenant_id: int) -> ProposeConclusion:
        """The command in that tenant."""
        return ProposeConclusion(
            clue_id=row_id(self.id, tenant_id, "Clue"),
            outcome=self.outcome,
            text=self.text,
            conduct=self.conduct,
            institution_id=(
                None
                if self.institution_id is None
                else row_id(self.institution_id, tenant_id, "Institution")
            ),
        )


@strawberry.input(description="签署结论 — by another person than who proposed it")
class ClueConcludeInput:
    conclusion_id: strawberry.ID = strawberry.field(
        description="核查结论 — id of the conclusion that was read"
    )

    def command(self, tenant_id: int) -> ConcludeClue:
        """The command in that tenant."""
        return ConcludeClue(row_id(self.conclusion_id, tenant_id, "ClueConclusion"))


@strawberry.input(description="退回结论 — not signed, with the reason")
class ClueConclusionReturnInput:
    conclusion_id: strawberry.ID = strawberry.field(
        description="核查结论 — id of the conclusion that was read"
    )
    reason: str = strawberry.field(description="退回理由 — 2 to 500 characters")

    def command(self, tenant_id: int) -> ReturnConclusion:
        """The command in that tenant."""
        return ReturnConclusion(
            row_id(self.conclusion_id, tenant_id, "ClueConclusion"), self.reason
        )
