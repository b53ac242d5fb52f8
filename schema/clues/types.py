"""Clues as GraphQL types: for staff, for supervisors, and for whoever holds a receipt."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import ColumnElement, Date, Integer, cast, exists, func, inspect, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.util import ClauseAdapter

from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Post, Tenant, Unit
from schema.organisation.vocabulary import vocabulary
from schema.problems import vocabulary as _words  # noqa: F401 - registers the enums
from services.clues import models
from services.clues.policies import REPLY_DAYS
from services.clues.visibility import visible, visible_by_receipt
from services.problems.models import ViolationType
from tenants.access import Permission
from tenants.models import PolicyValue
from tenants.scope import Scope

if TYPE_CHECKING:
    from schema.clues.conclusions import ClueConclusionConnection, FalseReportEducationConnection

vocabulary(
    models.ClueChannel,
    "线索渠道 — where a clue came from",
    HOTLINE_12345="政务热线12345 — government hotline",
    SUPERVISION_PLATFORM="互联网+督查平台 — supervision platform",
    EMAIL="投诉电子邮箱 — e-mail",
    INSPECTOR_FEEDBACK="责任区督学反馈 — district inspector",
    GRID_PATROL="网格员巡查上报 — grid patrol",
    SOCIAL_SUPERVISION="社会监督 — social supervision",
    MEDIA="舆论监督 — media",
    SNAP_REPORT="随手拍 — snap report app",
    REPORTING_STATION="举报站 — reporting station",
    WEB="网上举报 — web form",
)
vocabulary(
    models.ClueStatus,
    "线索状态 — how far it has come",
    RECEIVED="已收到 — waits for triage",
    NEED_INFO="待补充 — more information is wanted",
    ACCEPTED="已受理 — accepted",
    REJECTED="不予受理 — rejected with a reason",
    MERGED="已合并 — merged into an earlier clue",
    VERIFYING="核查中 — given to a post to verify",
    SUBSTANTIATED="查证属实 — found true",
    PARTIALLY="部分属实 — found true in part",
    UNSUBSTANTIATED="未查实 — not found true",
    FALSE="虚假举报 — found false",
)
vocabulary(
    models.ClueOutcome,
    "核查结果 — whether a report is true",
    SUBSTANTIATED="查证属实 — found true",
    PARTIALLY="部分属实 — found true in part",
    UNSUBSTANTIATED="未查实 — not found true",
    FALSE="虚假举报 — found false",
)
vocabulary(
    models.ConclusionStatus,
    "结论状态 — of what verification found",
    PROPOSED="待签署 — waits for a leader",
    SIGNED="已签署 — signed, with what follows from it",
    RETURNED="已退回 — not signed, with the reason",
    REPLACED="已替换 — a new proposal took its place",
)
vocabulary(
    models.OwnerReason,
    "归属依据 — why a clue has its owner",
    TERRITORY="属地网格 — the place lies in the grid's territory",
    GRID_WITHOUT_OFFICER="网格暂无网格员 — the grid has no officer, the clue officer stands in",
    PLACE_UNKNOWN="地点不明 — no grid for the place, the clue officer takes it",
    ASSIGNED="指派 — the clue desk gave it to this post to verify",
)
vocabulary(
    models.ReplyChannel,
    "答复方式 — how the reporter was answered",
    PHONE="电话 — by telephone, with proof",
    SMS="短信 — by SMS",
    RECEIPT="凭回执查询 — shown to whoever holds the receipt",
)

_RECEIVED_ON = cast(func.timezone("Asia/Shanghai", models.Clue.received_at), Date)
_OWN_DAYS = (
    select(cast(PolicyValue.value.op("#>>")("{}"), Integer))
    .where(
        PolicyValue.tenant_id == models.Clue.tenant_id,
        PolicyValue.key == REPLY_DAYS.key,
        PolicyValue.valid_from <= _RECEIVED_ON,
        or_(PolicyValue.valid_to.is_(None), PolicyValue.valid_to >= _RECEIVED_ON),
    )
    .order_by(PolicyValue.valid_from.desc())
    .limit(1)
    .correlate(models.Clue)
    .scalar_subquery()
)
_REPLY_DUE: ColumnElement[date] = _RECEIVED_ON + func.coalesce(_OWN_DAYS, REPLY_DAYS.default)


@node(models.Clue, visible=visible, description="线索 — a report of a violation")
class Clue(Node):
    ticket_no: str = column(
        models.Clue.ticket_no, "编号 — public number of the receipt", filter=True
    )
    channel: models.ClueChannel = column(models.Clue.channel, "渠道 — where it came from")
    violation_type: ViolationType = column(models.Clue.violation_type, "违规类型 — what is alleged")
    subject_name: str | None = column(
        models.Clue.subject_name,
        "举报对象 — whom it is about; never shown to supervisors",
        requires=Permission.CLUE_DETAIL,
    )
    facts: str | None = column(
        models.Clue.facts, "事实 — what was seen", requires=Permission.CLUE_DETAIL
    )
    place_code: str | None = column(models.Clue.place_code, "地点编码 — division, zone or unit")
    place_text: str | None = column(
        models.Clue.place_text, "地点 — in words", requires=Permission.CLUE_DETAIL
    )
    status: models.ClueStatus = column(models.Clue.status, "状态 — how far triage is", filter=True)
    status_reason: str | None = column(
        models.Clue.status_reason, "理由 — of the decision", requires=Permission.CLUE_DETAIL
    )
    info_wanted: str | None = column(
        models.Clue.info_wanted,
        "待补充问题 — what was asked",
        requires=Permission.CLUE_DETAIL,
    )
    owner_reason: models.OwnerReason = column(
        models.Clue.owner_reason, "归属依据 — why it has this owner"
    )
    received_at: datetime = column(
        models.Clue.received_at, "收到时间 — when it came in", filter=True, order=True
    )
    triaged_at: datetime | None = column(models.Clue.triaged_at, "受理时间 — when it was triaged")
    replied_at: datetime | None = column(
        models.Clue.replied_at, "答复时间 — when it was answered", filter=True
    )
    reply_text: str | None = column(
        models.Clue.reply_text,
        "答复 — what the reporter was told",
        requires=Permission.CLUE_DETAIL,
    )
    reply_due_on: date = column(
        _REPLY_DUE, "答复期限 — last day for the answer, policy clue.reply_days (S3-14)"
    )
    version: int = column(models.Clue.version, "版本 — rises with every change")
    owner: Post | None = one(models.Clue.owner_post_id, "责任岗位 — the post that owns it")
    unit: Unit = one(models.Clue.owner_unit_id, "责任单位 — its grid")
    merged_into: "Clue | None" = one(models.Clue.merged_into_id, "合并至 — the earlier clue")
    supplements: "ClueSupplementConnection | None" = many(
        models.ClueSupplement.clue_id,
        "补充 — what the reporter added",
        requires=Permission.CLUE_DETAIL,
    )
    conclusions: Annotated[
        "ClueConclusionConnection", strawberry.lazy("schema.clues.conclusions")
    ] = many(
        models.ClueConclusion.clue_id, "核查结论 — proposed, signed and returned, newest first"
    )
    educations: (
        Annotated["FalseReportEducationConnection", strawberry.lazy("schema.clues.conclusions")]
        | None
    ) = many(
        models.FalseReportEducation.clue_id,
        "批评教育 — owed for a false report",
        requires=Permission.CLUE_DETAIL,
    )
    tenant: Tenant = one(models.Clue.tenant_id, "租户 — whose clue it is")


@connection("线索列表 — a page of clues", order=(models.Clue.received_at.desc(),))
class ClueConnection(Connection[Clue]):
    """A page of clues."""


def visible_supplements(scope: Scope) -> ColumnElement[bool]:
    """Those of visible clues."""
    clue = aliased(models.Clue)
    seen = ClauseAdapter(inspect(clue).selectable).traverse(visible(scope))
    return exists(
        select(clue.id).where(
            clue.tenant_id == models.ClueSupplement.tenant_id,
            clue.id == models.ClueSupplement.clue_id,
            seen,
        )
    )


@node(
    models.ClueSupplement,
    visible=visible_supplements,
    description="补充 — what a reporter added by receipt",
)
class ClueSupplement(Node):
    tenant: Tenant = one(models.ClueSupplement.tenant_id, "租户 — whose clue it adds to")
    facts: str | None = column(
        models.ClueSupplement.facts, "事实 — what was added", requires=Permission.CLUE_DETAIL
    )


@connection("补充列表 — a page of supplements")
class ClueSupplementConnection(Connection[ClueSupplement]):
    """A page of supplements."""


@node(
    models.Clue,
    visible=visible_by_receipt,
    description="举报进展 — what the holder of a receipt sees of a report",
)
class ClueProgress(Node):
    tenant: Tenant = one(models.Clue.tenant_id, "租户 — where the report was made")
    ticket_no: str = column(models.Clue.ticket_no, "编号 — public number of the receipt")
    status: models.ClueStatus = column(models.Clue.status, "状态 — how far triage is")
    received_at: datetime = column(models.Clue.received_at, "收到时间 — when it came in")
    info_wanted: str | None = column(models.Clue.info_wanted, "待补充问题 — what is asked")
    reply_text: str | None = column(models.Clue.reply_text, "答复 — the answer")
    replied_at: datetime | None = column(models.Clue.replied_at, "答复时间 — when it was given")
