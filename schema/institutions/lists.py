"""Lists, their publications and annual inspections as GraphQL types."""

from datetime import date, datetime

from infra.identifiers import Uscc
from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, connection
from schema.institutions.types import Institution
from schema.organisation.types import Post, Tenant
from services.institutions import models, visibility
from services.institutions.models import (
    AnnualResult,
    BasisKind,
    ListKind,
    ListReason,
    PublicationStatus,
)
from tenants.access import Permission


@node(
    models.ListEntry,
    visible=visibility.visible_entries,
    description="名单条目 — an institution on the white or the black list",
)
class ListEntry(Node):
    tenant: Tenant = one(models.ListEntry.tenant_id, "租户 — whose list it is")
    kind: ListKind = column(models.ListEntry.kind, "名单 — white or black", filter=True)
    institution: Institution | None = one(
        models.ListEntry.institution_id, "机构 — who is listed", filter=True
    )
    reason: ListReason = column(models.ListEntry.reason, "理由 — why it is listed", filter=True)
    basis_kind: BasisKind | None = column(
        models.ListEntry.basis_kind,
        "依据类型 — what the decision rests on; an institution is not told",
        requires=Permission.CLUE_READ,
    )
    basis_text: str | None = column(
        models.ListEntry.basis_text,
        "依据文件 — the document that it rests on",
        requires=Permission.LIST_READ,
    )
    signed_by: Post | None = one(
        models.ListEntry.signed_by_post_id, "签署岗位 — the post that signed it"
    )
    effective_at: datetime = column(
        models.ListEntry.effective_at, "生效时间 — in force from then on", filter=True, order=True
    )
    removed_at: datetime | None = column(
        models.ListEntry.removed_at, "移出时间 — null while it is in force", filter=True
    )
    removal_reason: str | None = column(models.ListEntry.removal_reason, "移出理由 — why it ended")


@connection("名单条目列表 — a page of entries", order=(models.ListEntry.effective_at.desc(),))
class ListEntryConnection(Connection[ListEntry]):
    """A page of entries of the lists."""


@node(
    models.AnnualInspection,
    visible=visibility.visible_inspections,
    description="年检结论 — the result of an institution's inspection of a year",
)
class AnnualInspection(Node):
    tenant: Tenant = one(models.AnnualInspection.tenant_id, "租户 — whose inspection it is")
    institution: Institution | None = one(
        models.AnnualInspection.institution_id, "机构 — who was inspected"
    )
    year: int = column(models.AnnualInspection.year, "年度 — the year inspected", filter=True)
    result: AnnualResult = column(models.AnnualInspection.result, "结论 — the result", filter=True)
    basis_text: str | None = column(
        models.AnnualInspection.basis_text,
        "依据文件 — the document that states it",
        requires=Permission.LIST_READ,
    )
    recorded_by: Post | None = one(
        models.AnnualInspection.decided_by_post_id, "决定岗位 — the post that decided it"
    )
    recorded_at: datetime = column(
        models.AnnualInspection.decided_at, "决定时间 — when it was decided", order=True
    )
    superseded_at: datetime | None = column(
        models.AnnualInspection.superseded_at,
        "被替代时间 — when a later result took its place; null: it counts",
        filter=True,
    )


@connection("年检结论列表 — a page of results", order=(models.AnnualInspection.decided_at.desc(),))
class AnnualInspectionConnection(Connection[AnnualInspection]):
    """A page of annual inspections."""


@node(
    models.ListPublication,
    visible=visibility.visible_publications,
    description="名单公布 — the lists of a month, drafted by one person and signed by another",
)
class ListPublication(Node):
    tenant: Tenant = one(models.ListPublication.tenant_id, "租户 — who publishes")
    month: date = column(
        models.ListPublication.month_on, "月份 — first day of the month", filter=True
    )
    status: PublicationStatus = column(
        models.ListPublication.status, "状态 — draft, signed or withdrawn", filter=True
    )
    batch_no: int | None = column(
        models.ListPublication.batch_no, "批次 — number of the batch; null until signed"
    )
    drafted_at: datetime = column(
        models.ListPublication.drafted_at,
        "拟稿时间 — as of when the lists were taken down",
        order=True,
    )
    drafted_by: Post | None = one(
        models.ListPublication.drafted_by_post_id, "拟稿岗位 — the post that drafted it"
    )
    signed_at: datetime | None = column(
        models.ListPublication.signed_at, "签署时间 — when it was signed"
    )
    signed_by: Post | None = one(
        models.ListPublication.signed_by_post_id, "签署岗位 — the post that signed it"
    )
    entries: "ListPublicationEntryConnection" = many(
        models.ListPublicationEntry.publication_id, "条目 — as they stood when it was drafted"
    )


@connection(
    "名单公布列表 — a page of publications", order=(models.ListPublication.drafted_at.desc(),)
)
class ListPublicationConnection(Connection[ListPublication]):
    """A page of publications."""


@node(
    models.ListPublicationEntry,
    visible=visibility.visible_published,
    description="公布条目 — an entry as published; never changed afterwards",
)
class ListPublicationEntry(Node):
    tenant: Tenant = one(models.ListPublicationEntry.tenant_id, "租户 — who publishes")
    kind: ListKind = column(models.ListPublicationEntry.kind, "名单 — white or black", filter=True)
    reason: ListReason = column(models.ListPublicationEntry.reason, "理由 — why it is listed")
    uscc: Uscc = column(
        models.ListPublicationEntry.uscc, "统一社会信用代码 — of the institution then"
    )
    name: str = column(models.ListPublicationEntry.name, "名称 — of the institution then")
    effective_at: datetime = column(
        models.ListPublicationEntry.effective_at, "生效时间 — in force from then on"
    )


@connection("公布条目列表 — a page of published entries")
class ListPublicationEntryConnection(Connection[ListPublicationEntry]):
    """A page of published entries."""
