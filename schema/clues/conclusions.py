"""Conclusions of clues, and what a false report is owed, as GraphQL types."""

from datetime import datetime

from schema.clues.types import Clue
from schema.compiler.declarations import Node, column, node, one
from schema.compiler.lists import Connection, connection
from schema.institutions.types import Institution
from schema.organisation.types import Post, Tenant
from schema.problems.types import Problem
from services.clues import models, visibility
from services.problems.models import ViolationType
from tenants.access import Permission


@node(
    models.ClueConclusion,
    visible=visibility.visible_conclusions,
    description="核查结论 — what verification found; proposed by an officer, signed by a leader",
)
class ClueConclusion(Node):
    tenant: Tenant = one(models.ClueConclusion.tenant_id, "租户 — whose clue it is")
    clue: Clue | None = one(models.ClueConclusion.clue_id, "线索 — what was verified")
    status: models.ConclusionStatus = column(
        models.ClueConclusion.status, "状态 — proposed, signed, returned or replaced"
    )
    outcome: models.ClueOutcome = column(
        models.ClueConclusion.outcome, "核查结果 — whether the report is true"
    )
    conduct: ViolationType | None = column(
        models.ClueConclusion.conduct, "查实行为 — the conduct that was found; consequences follow"
    )
    text: str | None = column(
        models.ClueConclusion.text, "结论 — in words", requires=Permission.CLUE_DETAIL
    )
    institution: Institution | None = one(
        models.ClueConclusion.institution_id,
        "机构 — whom it concerns, if registered",
        requires=Permission.CLUE_DETAIL,
    )
    problem: Problem | None = one(
        models.ClueConclusion.problem_id, "问题 — that the signature opened"
    )
    proposed_by: Post | None = one(
        models.ClueConclusion.proposed_by_post_id, "拟定岗位 — the post that proposed it"
    )
    proposed_at: datetime = column(models.ClueConclusion.proposed_at, "拟定时间 — when", order=True)
    decided_by: Post | None = one(
        models.ClueConclusion.decided_by_post_id, "决定岗位 — the post that signed or returned it"
    )
    decided_at: datetime | None = column(
        models.ClueConclusion.decided_at, "决定时间 — when it was signed or returned"
    )
    return_reason: str | None = column(
        models.ClueConclusion.return_reason,
        "退回理由 — why it was not signed",
        requires=Permission.CLUE_DETAIL,
    )


@connection(
    "核查结论列表 — a page of conclusions", order=(models.ClueConclusion.proposed_at.desc(),)
)
class ClueConclusionConnection(Connection[ClueConclusion]):
    """A page of conclusions."""


@node(
    models.FalseReportEducation,
    visible=visibility.visible_educations,
    description="批评教育 — owed for a report found false",
)
class FalseReportEducation(Node):
    tenant: Tenant = one(models.FalseReportEducation.tenant_id, "租户 — whose clue it was")
    ground: str | None = column(
        models.FalseReportEducation.ground,
        "缘由 — what was false",
        requires=Permission.CLUE_DETAIL,
    )
    ordered_at: datetime = column(
        models.FalseReportEducation.ordered_at, "决定时间 — when it was ordered"
    )
    ordered_by: Post | None = one(
        models.FalseReportEducation.ordered_by_post_id, "决定岗位 — the post that ordered it"
    )


@connection("批评教育列表 — a page of educations")
class FalseReportEducationConnection(Connection[FalseReportEducation]):
    """A page of educations."""
