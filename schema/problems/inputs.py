"""Inputs of the problem mutations."""

from datetime import date
from uuid import UUID

import strawberry

from schema.organisation.ids import row_id
from schema.problems import vocabulary as _words  # noqa: F401 - registers the enums
from schema.replay import KEY
from services.problems.models import ProblemSource, ViolationType
from services.problems.rectification import (
    ExtendRectification,
    FixOnSite,
    IssueNotice,
    RecheckProblem,
    SubmitEvidence,
)
from services.problems.service import (
    ConfirmProblem,
    DismissProblem,
    FindProblem,
    NotifyProblem,
)

_ID = "问题 — id of the problem"
_FILES = "佐证文件 — ids of uploaded photos or papers, each once; at least 1, at most 20"


def _optional(value: str | None, tenant_id: int, *types: str) -> UUID | None:
    return None if value is None else row_id(value, tenant_id, *types)


@strawberry.input(description="登记问题 — what was found on the spot")
class ProblemFindInput:
    source: ProblemSource = strawberry.field(
        description="来源 — patrol, inspection or alert; a clue's problem comes of its conclusion"
    )
    violation_type: ViolationType = strawberry.field(description="违规类型 — what was found")
    facts: str = strawberry.field(description="事实 — 5 to 2,000 characters")
    idempotency_key: str = strawberry.field(description=KEY)
    institution_id: strawberry.ID | None = strawberry.field(
        default=None, description="机构 — id of a registered institution; its unit is the problem's"
    )
    subject_name: str | None = strawberry.field(
        default=None, description="对象 — 2 to 100 characters, where it is not registered"
    )
    unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="所属单位 — id of the unit or grid, where it is not registered"
    )
    place_text: str | None = strawberry.field(
        default=None, description="地点 — 2 to 200 characters"
    )

    def command(self, tenant_id: int) -> FindProblem:
        """The command in that tenant."""
        return FindProblem(
            source=self.source,
            violation_type=self.violation_type,
            facts=self.facts,
            institution_id=_optional(self.institution_id, tenant_id, "Institution"),
            subject_name=self.subject_name,
            unit_id=_optional(self.unit_id, tenant_id, "Unit", "Grid"),
            place_text=self.place_text,
        )


@strawberry.input(description="确认问题 — it is as found")
class ProblemConfirmInput:
    id: strawberry.ID = strawberry.field(description=_ID)

    def command(self, tenant_id: int) -> ConfirmProblem:
        """The command in that tenant."""
        return ConfirmProblem(row_id(self.id, tenant_id, "Problem"))


@strawberry.input(description="问题不成立 — it is not as found")
class ProblemDismissInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    reason: str = strawberry.field(description="理由 — 2 to 500 characters")

    def command(self, tenant_id: int) -> DismissProblem:
        """The command in that tenant."""
        return DismissProblem(row_id(self.id, tenant_id, "Problem"), self.reason)


@strawberry.input(description="通报 — those concerned have been told")
class ProblemNotifyInput:
    id: strawberry.ID = strawberry.field(description=_ID)

    def command(self, tenant_id: int) -> NotifyProblem:
        """The command in that tenant."""
        return NotifyProblem(row_id(self.id, tenant_id, "Problem"))


@strawberry.input(description="立行立改 — put right on the spot, with photos")
class ProblemFixOnSiteInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    note: str = strawberry.field(description="整改说明 — 2 to 500 characters")
    evidence_file_ids: list[strawberry.ID] = strawberry.field(description=_FILES)

    def command(self, tenant_id: int) -> FixOnSite:
        """The command in that tenant."""
        files = tuple(row_id(item, tenant_id, "File") for item in self.evidence_file_ids)
        return FixOnSite(row_id(self.id, tenant_id, "Problem"), self.note, files)


@strawberry.input(description="下达整改通知书 — goal, last day and measures; all three are needed")
class ProblemNoticeIssueInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=KEY)
    goal: str | None = strawberry.field(default=None, description="整改目标 — 2 to 500 characters")
    due_on: date | None = strawberry.field(
        default=None, description="整改时限 — last day; policy rectify.max_days bounds it"
    )
    measures: str | None = strawberry.field(
        default=None, description="整改措施 — 2 to 1,000 characters"
    )

    def command(self, tenant_id: int) -> IssueNotice:
        """The command in that tenant."""
        return IssueNotice(
            row_id(self.id, tenant_id, "Problem"), self.goal, self.due_on, self.measures
        )


@strawberry.input(description="提交佐证 — what shows that it is done")
class ProblemEvidenceSubmitInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    note: str = strawberry.field(description="整改说明 — 2 to 500 characters")
    evidence_file_ids: list[strawberry.ID] = strawberry.field(description=_FILES)

    def command(self, tenant_id: int) -> SubmitEvidence:
        """The command in that tenant."""
        files = tuple(row_id(item, tenant_id, "File") for item in self.evidence_file_ids)
        return SubmitEvidence(row_id(self.id, tenant_id, "Problem"), self.note, files)


@strawberry.input(description="复核 — whether it is done, seen by another person")
class ProblemRecheckInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    is_passed: bool = strawberry.field(description="通过 — true writes it off")
    note: str = strawberry.field(description="复核意见 — 2 to 500 characters")

    def command(self, tenant_id: int) -> RecheckProblem:
        """The command in that tenant."""
        return RecheckProblem(row_id(self.id, tenant_id, "Problem"), self.is_passed, self.note)


@strawberry.input(description="整改延期 — more time, once")
class ProblemExtendInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    days: int = strawberry.field(
        description="天数 — calendar days; policy rectify.extension_days bounds it"
    )
    reason: str = strawberry.field(description="理由 — 5 to 200 characters, kept in the audit")

    def command(self, tenant_id: int) -> ExtendRectification:
        """The command in that tenant."""
        return ExtendRectification(row_id(self.id, tenant_id, "Problem"), self.days, self.reason)
