"""Figures as GraphQL types."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import Numeric, Text, cast, func

from schema.compiler.declarations import Node, column, node, one
from schema.compiler.lists import Connection, connection
from schema.scalars import Money, Percent
from services.metrics.models import PublishedFigure as PublishedRow
from tenants.scope import ALL_OF_TENANT

if TYPE_CHECKING:
    from schema.organisation.types import Tenant


@strawberry.type(description="计数指标 — a number over a jurisdiction")
class CountFigure:
    value: int = strawberry.field(description="数值 — the number")
    numerator: int = strawberry.field(description="分子 — the same number")
    denominator: int | None = strawberry.field(description="分母 — null: a count has none")
    as_of: datetime = strawberry.field(description="截至 — when it was read")
    tenants_missing: int = strawberry.field(
        description="未报地区数 — counties and zones below that never reported it"
    )


@strawberry.type(description="金额指标 — an amount of money over a jurisdiction")
class MoneyFigure:
    value: Money = strawberry.field(description="金额 — in yuan")
    numerator: Money = strawberry.field(description="分子 — the same amount")
    denominator: int | None = strawberry.field(description="分母 — null: an amount has none")
    as_of: datetime = strawberry.field(description="截至 — when it was read")
    tenants_missing: int = strawberry.field(
        description="未报地区数 — counties and zones below that never reported it"
    )


@strawberry.type(description="比率指标 — a rate over a jurisdiction")
class RateFigure:
    value: Percent | None = strawberry.field(
        description="比率 — percent, half up; null where the denominator is zero"
    )
    numerator: int = strawberry.field(description="分子 — what counts")
    denominator: int | None = strawberry.field(description="分母 — out of what")
    as_of: datetime = strawberry.field(description="截至 — when it was read")
    tenants_missing: int = strawberry.field(
        description="未报地区数 — counties and zones below that never reported it"
    )


@node(
    PublishedRow,
    visible=ALL_OF_TENANT,
    description="公布数据 — a total as a document published it",
)
class PublishedFigure(Node):
    tenant: Annotated["Tenant", strawberry.lazy("schema.organisation.types")] = one(
        PublishedRow.tenant_id, "租户 — jurisdiction it speaks of"
    )
    metric: str = column(PublishedRow.metric, "指标 — what was counted", filter=True)
    value: str = column(
        cast(func.trim_scale(cast(PublishedRow.hundredths, Numeric) / 100), Text),
        "数值 — decimal text",
    )
    counted_in: str = column(PublishedRow.unit, "计量单位 — what it is counted in; money in yuan")
    is_at_least: bool = column(PublishedRow.is_at_least, "至少 — a lower bound (余)")
    document: str = column(PublishedRow.document, "文件 — key of the source document", filter=True)
    quoted: str = column(PublishedRow.quoted, "原文 — the phrase that says it")
    note: str | None = column(PublishedRow.note, "注 — how to read it, e.g. 近: close to, not from")


@connection("公布数据列表 — a page of published figures", order=(PublishedRow.metric,))
class PublishedFigureConnection(Connection[PublishedFigure]):
    """A page of published figures."""
