"""Institutions as a GraphQL type."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import func, select

from infra.identifiers import Uscc
from infra.text import query_grams
from schema.compiler.declarations import Node, column, many, node, one
from schema.compiler.lists import Connection, Grouping, connection, grouping, measure
from schema.compiler.sources import Search
from schema.grids.types import Grid
from schema.organisation.types import Tenant, Unit
from schema.organisation.vocabulary import vocabulary
from services.funds.models import Contract, CustodyAccount, FundAlert
from services.institutions import models, visibility
from services.institutions.models import (
    AnnualResult,
    BasisKind,
    InstitutionCategory,
    InstitutionStatus,
    ListKind,
    ListReason,
    PublicationStatus,
)
from tenants.access import Permission

if TYPE_CHECKING:
    from schema.funds.accounts import CustodyAccountConnection, FundAlertConnection
    from schema.funds.contracts import ContractConnection
    from schema.institutions.lists import AnnualInspectionConnection, ListEntryConnection

vocabulary(
    InstitutionCategory,
    "机构类别 — what an institution teaches",
    SUBJECT="学科类 — school subjects",
    NON_SUBJECT_ARTS="文化艺术类 — culture and arts",
    NON_SUBJECT_SPORTS="体育类 — sports",
    NON_SUBJECT_SCIENCE="科技类 — science and technology",
    NON_SUBJECT_OTHER="其他非学科类 — other non-subject training",
)
vocabulary(
    InstitutionStatus,
    "机构状态 — life of an institution",
    ACTIVE="在营 — operating",
    CLOSED="已关停 — closed",
)
vocabulary(
    ListKind,
    "名单类别 — the two lists",
    WHITE="白名单 — white list",
    BLACK="黑名单 — black list",
)
vocabulary(
    ListReason,
    "列入理由 — why an institution is listed",
    COMPLIANT="规范办学 — compliant; the white list's",
    SUBJECT_TRAINING="违规开展学科类培训 — subject training without leave",
    REFUSED_CLOSURE="拒不自行关停 — refused to close",
    REFUSED_RECTIFICATION="拒不整改 — refused to rectify, or again and again",
    OTHER_VIOLATION="其他违规 — another violation",
)
vocabulary(
    BasisKind,
    "依据类型 — what a decision rests on",
    CLUE="线索结论 — the signed conclusion of a clue",
    PROBLEM="问题 — a problem",
    DOCUMENT="文件 — a document",
)
vocabulary(
    AnnualResult,
    "年检结论 — result of an annual inspection",
    QUALIFIED="合格 — qualified",
    BASICALLY_QUALIFIED="基本合格 — basically qualified",
    UNQUALIFIED="不合格 — unqualified",
)
vocabulary(
    PublicationStatus,
    "公布状态 — of a month's lists",
    DRAFT="草稿 — waits for a signature",
    SIGNED="已签署 — signed, never changed again",
    WITHDRAWN="已撤回 — drafted anew",
)

_LISTED = (
    select(models.ListEntry.kind)
    .where(
        models.ListEntry.tenant_id == models.Institution.tenant_id,
        models.ListEntry.institution_id == models.Institution.id,
        models.ListEntry.removed_at.is_(None),
    )
    .correlate(models.Institution)
    .scalar_subquery()
)


@node(
    models.Institution,
    visible=visibility.visible,
    description="机构 — off-campus training institution in a county's register",
)
class Institution(Node):
    tenant: Tenant = one(models.Institution.tenant_id, "租户 — jurisdiction of the register")
    uscc: Uscc = column(
        models.Institution.uscc,
        "统一社会信用代码 — unified social credit code (GB 32100-2015)",
        filter=True,
        order=True,
    )
    name: str = column(
        models.Institution.name,
        "名称 — registered name; sorted by pinyin",
        filter=True,
        order=models.Institution.sort_key,
    )
    category: InstitutionCategory = column(
        models.Institution.category, "类别 — what it teaches", filter=True
    )
    address: str | None = column(models.Institution.address, "地址 — where it teaches", filter=True)
    status: InstitutionStatus = column(
        models.Institution.status, "状态 — operating or closed", filter=True
    )
    unit: Unit = one(models.Institution.unit_id, "所属单位 — unit in whose care it is", filter=True)
    grid: Grid | None = one(
        models.Institution.unit_id, "网格 — grid in whose care it is; null if the unit is none"
    )
    registered_at: datetime = column(
        models.Institution.registered_at,
        "登记时间 — when it entered the register",
        filter=True,
        order=True,
    )
    closed_at: datetime | None = column(
        models.Institution.closed_at, "关停时间 — when it closed", filter=True
    )
    close_reason: str | None = column(
        models.Institution.close_reason, "关停原因 — why it was closed"
    )
    licence_no: str | None = column(
        models.Institution.licence_no, "许可证号 — of its teaching licence", filter=True
    )
    licensed_until: date | None = column(
        models.Institution.licensed_until, "许可证有效期至 — last day of the licence", filter=True
    )
    listed: ListKind | None = column(
        _LISTED, "在列名单 — the list that it is on now", requires=Permission.LIST_READ
    )
    list_entries: (
        Annotated["ListEntryConnection", strawberry.lazy("schema.institutions.lists")] | None
    ) = many(
        models.ListEntry.institution_id,
        "名单记录 — entries in force and former ones",
        requires=Permission.LIST_READ,
    )
    annual_inspections: Annotated[
        "AnnualInspectionConnection", strawberry.lazy("schema.institutions.lists")
    ] = many(
        models.AnnualInspection.institution_id,
        "年检结论 — results, and those they took the place of",
    )
    custody_accounts: (
        Annotated["CustodyAccountConnection", strawberry.lazy("schema.funds.accounts")] | None
    ) = many(
        CustodyAccount.institution_id,
        "监管账户 — for prepaid fees and the deposit",
        requires=Permission.CUSTODY_READ,
    )
    contracts: Annotated["ContractConnection", strawberry.lazy("schema.funds.contracts")] | None = (
        many(
            Contract.institution_id,
            "合同 — with guardians",
            requires=Permission.CONTRACT_READ,
        )
    )
    fund_alerts: (
        Annotated["FundAlertConnection", strawberry.lazy("schema.funds.accounts")] | None
    ) = many(
        FundAlert.institution_id,
        "资金预警 — about its money",
        requires=Permission.FUND_ALERT_READ,
    )
    version: int = column(
        models.Institution.version, "版本 — rises with every change; send it as expectedVersion"
    )


SEARCH = Search(
    models.InstitutionGram.gram,
    models.InstitutionGram.institution_id,
    query_grams,
    models.Institution.name,
)
"""Two-character words, pinyin initials and traditional characters; see infra.text."""


@connection(
    "机构列表 — a page of institutions", order=(models.Institution.sort_key,), search=SEARCH
)
class InstitutionConnection(Connection[Institution]):
    """A page of institutions."""


@grouping("机构统计 — institutions counted in groups", search=SEARCH)
class InstitutionStats(Grouping[Institution]):
    """How many institutions there are of each kind."""

    category: InstitutionCategory | None = column(
        models.Institution.category, "类别 — of the group, when grouped by it"
    )
    status: InstitutionStatus | None = column(
        models.Institution.status, "状态 — of the group, when grouped by it"
    )
    unit: Unit | None = one(
        models.Institution.unit_id, "所属单位 — of the group, when grouped by it"
    )
    tenant: Tenant | None = one(
        models.Institution.tenant_id, "租户 — of the group, when grouped by it"
    )
    count: int = measure(func.count(), "机构数 — how many there are in the group")
