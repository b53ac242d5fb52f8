"""Problems as GraphQL types, with their notices, evidence and re-checks."""

from datetime import date, datetime

from sqlalchemy import Text, cast, func, select

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, Grouping, connection, grouping, measure
from schema.files.types import File
from schema.institutions.types import Institution
from schema.organisation.types import Post, Tenant, Unit
from schema.problems import vocabulary as _words  # noqa: F401 - registers the enums
from services.deadlines.models import Deadline
from services.problems import models, visibility
from services.problems.deadlines import RECTIFY
from services.problems.models import (
    NoticeStatus,
    ProblemSource,
    ProblemStatus,
    RectificationMode,
    ViolationType,
)
from tenants.access import Permission

_DUE_ON = (
    select(Deadline.due_on)
    .where(
        Deadline.tenant_id == models.Problem.tenant_id,
        Deadline.subject_id == models.Problem.id,
        Deadline.rule == RECTIFY.key,
    )
    .order_by(Deadline.id.desc())
    .limit(1)
    .correlate(models.Problem)
    .scalar_subquery()
)


@node(
    models.Problem,
    visible=visibility.visible,
    description="问题 — something wrong that is confirmed, put right, re-checked and written off",
)
class Problem(Node):
    tenant: Tenant = one(models.Problem.tenant_id, "租户 — whose problem it is")
    source: ProblemSource | None = column(
        models.Problem.source,
        "来源 — how it was found; an institution is not told, so that no report shows",
        requires=Permission.CLUE_READ,
    )
    violation_type: ViolationType = column(
        models.Problem.violation_type, "违规类型 — what was found", filter=True
    )
    status: ProblemStatus = column(models.Problem.status, "状态 — how far it has come", filter=True)
    facts: str | None = column(
        models.Problem.facts, "事实 — what was found", requires=Permission.PROBLEM_DETAIL
    )
    subject_name: str | None = column(
        models.Problem.subject_name,
        "对象 — whom it is about, where not in the register",
        requires=Permission.PROBLEM_DETAIL,
    )
    place_text: str | None = column(
        models.Problem.place_text, "地点 — in words", requires=Permission.PROBLEM_DETAIL
    )
    status_reason: str | None = column(
        models.Problem.status_reason,
        "理由 — why it was dismissed",
        requires=Permission.PROBLEM_DETAIL,
    )
    mode: RectificationMode | None = column(
        models.Problem.mode, "整改方式 — null until it is put right or a notice is issued"
    )
    round: int = column(models.Problem.round, "整改轮次 — from 1; a failed re-check adds one")
    rectification_due_on: date | None = column(
        _DUE_ON, "整改期限 — last day of the newest rectification, extensions included"
    )
    is_overdue: bool = column(
        models.Problem.overdue_at.is_not(None),
        "曾逾期 — a rectification passed its deadline; never cleared",
        filter=True,
    )
    overdue_at: datetime | None = column(
        models.Problem.overdue_at, "逾期时间 — when it was first seen to be late"
    )
    found_at: datetime = column(
        models.Problem.found_at, "发现时间 — when it was found", filter=True, order=True
    )
    confirmed_at: datetime | None = column(
        models.Problem.confirmed_at,
        "确认时间 — when it was confirmed; an institution is not told",
        requires=Permission.CLUE_READ,
    )
    notified_at: datetime | None = column(
        models.Problem.notified_at, "通报时间 — when those concerned were told"
    )
    written_off_at: datetime | None = column(
        models.Problem.written_off_at, "销号时间 — when it was written off", filter=True
    )
    version: int = column(models.Problem.version, "版本 — rises with every change")
    institution: Institution | None = one(
        models.Problem.institution_id, "机构 — whose problem it is, if registered", filter=True
    )
    unit: Unit = one(models.Problem.unit_id, "所属单位 — in whose care it is", filter=True)
    found_by: Post | None = one(
        models.Problem.found_by_post_id,
        "发现岗位 — the post that found it; an institution is not told",
        requires=Permission.CLUE_READ,
    )
    notices: "RectificationNoticeConnection" = many(
        models.RectificationNotice.problem_id, "整改通知书 — drafts and issued ones"
    )
    evidence: "RectificationEvidenceConnection | None" = many(
        models.RectificationEvidence.problem_id,
        "佐证 — what was handed in",
        requires=Permission.PROBLEM_DETAIL,
    )
    rechecks: "RecheckConnection" = many(
        models.Recheck.problem_id, "复核 — one for each round at most"
    )


@connection("问题列表 — a page of problems", order=(models.Problem.found_at.desc(),))
class ProblemConnection(Connection[Problem]):
    """A page of problems."""


@grouping("问题统计 — problems counted in groups")
class ProblemStats(Grouping[Problem]):
    """How many problems there are of each kind."""

    status: ProblemStatus | None = column(
        models.Problem.status, "状态 — of the group, when grouped by it"
    )
    violation_type: ViolationType | None = column(
        models.Problem.violation_type, "违规类型 — of the group, when grouped by it"
    )
    unit: Unit | None = one(models.Problem.unit_id, "所属单位 — of the group, when grouped by it")
    tenant: Tenant | None = one(models.Problem.tenant_id, "租户 — of the group, when grouped by it")
    count: int = measure(func.count(), "问题数 — how many there are in the group")


_DOCUMENT_NO = (
    "〔"
    + cast(models.RectificationNotice.year, Text)
    + "〕第"
    + cast(models.RectificationNotice.number, Text)
    + "号"
)


@node(
    models.RectificationNotice,
    visible=visibility.visible_notices,
    description="整改通知书 — goal, last day and measures of a rectification",
)
class RectificationNotice(Node):
    tenant: Tenant = one(models.RectificationNotice.tenant_id, "租户 — who issues it")
    document_no: str | None = column(
        _DOCUMENT_NO, "文号 — 〔2026〕第12号; without gaps in a year, null until issued"
    )
    status: NoticeStatus = column(models.RectificationNotice.status, "状态 — draft or issued")
    round: int = column(models.RectificationNotice.round, "整改轮次 — which it belongs to")
    goal: str | None = column(
        models.RectificationNotice.goal,
        "整改目标 — what has to be reached",
        requires=Permission.PROBLEM_DETAIL,
    )
    measures: str | None = column(
        models.RectificationNotice.measures,
        "整改措施 — how it is to be reached",
        requires=Permission.PROBLEM_DETAIL,
    )
    due_on: date = column(
        models.RectificationNotice.due_on, "整改时限 — last day; of a draft: what policy proposes"
    )
    issued_at: datetime | None = column(
        models.RectificationNotice.issued_at, "下达时间 — when it was issued"
    )
    issued_by: Post | None = one(
        models.RectificationNotice.issued_by_post_id, "下达岗位 — the post that issued it"
    )
    problem: Problem | None = one(models.RectificationNotice.problem_id, "问题 — what it is about")


@connection("整改通知书列表 — a page of notices")
class RectificationNoticeConnection(Connection[RectificationNotice]):
    """A page of notices."""


@node(
    models.RectificationEvidence,
    visible=visibility.visible_evidence,
    description="整改佐证 — what shows that a problem is put right",
)
class RectificationEvidence(Node):
    tenant: Tenant = one(models.RectificationEvidence.tenant_id, "租户 — whose problem it is")
    round: int = column(models.RectificationEvidence.round, "整改轮次 — which it belongs to")
    note: str | None = column(
        models.RectificationEvidence.note,
        "整改说明 — what was done",
        requires=Permission.PROBLEM_DETAIL,
    )
    files: "EvidenceFileConnection | None" = many(
        models.EvidenceFile.evidence_id,
        "材料 — photos and papers",
        requires=Permission.PROBLEM_DETAIL,
    )
    submitted_at: datetime = column(
        models.RectificationEvidence.submitted_at, "提交时间 — when it was handed in"
    )


@connection("整改佐证列表 — a page of evidence")
class RectificationEvidenceConnection(Connection[RectificationEvidence]):
    """A page of evidence."""


@node(
    models.EvidenceFile,
    visible=visibility.visible_evidence_files,
    description="佐证材料 — a photo or paper of a piece of evidence",
)
class EvidenceFile(Node):
    tenant: Tenant = one(models.EvidenceFile.tenant_id, "租户 — whose problem it is")
    file: File | None = one(models.EvidenceFile.file_id, "文件 — null to whoever may not open it")


@connection("佐证材料列表 — a page of photos and papers")
class EvidenceFileConnection(Connection[EvidenceFile]):
    """A page of photos and papers."""


@node(
    models.Recheck,
    visible=visibility.visible_rechecks,
    description="复核 — whether a round's rectification was found done",
)
class Recheck(Node):
    tenant: Tenant = one(models.Recheck.tenant_id, "租户 — whose problem it is")
    round: int = column(models.Recheck.round, "整改轮次 — which was re-checked")
    is_passed: bool = column(models.Recheck.is_passed, "通过 — whether it was done")
    note: str | None = column(
        models.Recheck.note, "复核意见 — what was seen", requires=Permission.PROBLEM_DETAIL
    )
    rechecked_at: datetime = column(models.Recheck.rechecked_at, "复核时间 — when")
    rechecked_by: Post | None = one(
        models.Recheck.rechecked_by_post_id, "复核岗位 — the post that re-checked"
    )


@connection("复核列表 — a page of re-checks")
class RecheckConnection(Connection[Recheck]):
    """A page of re-checks."""
