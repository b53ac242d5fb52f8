"""Figures as GraphQL types."""

from datetime import datetime

import strawberry

from schema.scalars import Percent


@strawberry.type(description="计数指标 — a number over a jurisdiction")
class CountFigure:
    value: int = strawberry.field(description="数值 — the number")
    numerator: int = strawberry.field(description="分子 — the same number")
    denominator: int | None = strawberry.field(description="分母 — null: a count has none")
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
