"""Deltas and totals of figures; ids and numbers only."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, Text, func, text
from sqlalchemy.orm import Mapped

from infra.database.base import Base, Kind, TenantOwned, internal, public, table_info, unique

UNROLLED = "numerator <> rolled_numerator OR denominator <> rolled_denominator"
"""Totals that moved since they were rolled up."""

COMPLETE = ""
"""The metric whose row says that a tenant's block holds all that was rolled up."""


class MetricDelta(TenantOwned, Base):
    """A change of a figure that is not folded yet."""

    __tablename__ = "metric_delta"
    __table_args__ = (
        Index(
            "ix_metric_delta_metric",
            "metric",
            "tenant_id",
            postgresql_include=["numerator", "denominator"],
        ),
        {"info": table_info(Kind.SYSTEM, supervised=True, public={"insert"})},
    )
    # No RETURNING: role `public` may insert deltas but not read them.
    __mapper_args__ = {"eager_defaults": False}
    metric: Mapped[str] = internal(Text)
    numerator: Mapped[int] = internal(BigInteger)
    denominator: Mapped[int] = internal(BigInteger)
    at: Mapped[datetime] = internal(DateTime(timezone=True), server_default=func.clock_timestamp())


class MetricTotal(Base):
    """The folded figure of a tenant; the present value is this plus its deltas.

    `rolled_*`: what of it the blocks that the tenant lies in have already (`MetricBlock`).
    """

    __tablename__ = "metric_total"
    __table_args__ = (
        Index(
            "ix_metric_total_unrolled",
            "metric",
            "tenant_id",
            postgresql_where=text(UNROLLED),
        ),
        {"info": table_info(Kind.SYSTEM, supervised=True)},
    )
    tenant_id: Mapped[int] = internal(Integer, primary_key=True, autoincrement=False)
    metric: Mapped[str] = internal(Text, primary_key=True)
    numerator: Mapped[int] = internal(BigInteger)
    denominator: Mapped[int] = internal(BigInteger)
    as_of: Mapped[datetime] = internal(DateTime(timezone=True))
    rolled_numerator: Mapped[int] = internal(BigInteger, server_default=text("0"))
    rolled_denominator: Mapped[int] = internal(BigInteger, server_default=text("0"))


class MetricBlock(Base):
    """What was rolled up of the totals of all tenants whose numbers lie in a tenant's block.

    A tenant's block counts from its row of the metric `COMPLETE` on: one that was opened above
    others has none of theirs before. Blocks know nothing of tenants that moved.
    """

    __tablename__ = "metric_block"
    __table_args__ = ({"info": table_info(Kind.SYSTEM, supervised=True)},)
    tenant_id: Mapped[int] = internal(Integer, primary_key=True, autoincrement=False)
    metric: Mapped[str] = internal(Text, primary_key=True)
    numerator: Mapped[int] = internal(BigInteger)
    denominator: Mapped[int] = internal(BigInteger)


class PublishedFigure(TenantOwned, Base):
    """A total as a document published it, in the tenant it speaks of; never spread below it.

    Published values have at most two decimals, so they are kept in hundredths.
    """

    __tablename__ = "published_figure"
    __table_args__ = (
        unique("metric", "document"),
        {"info": table_info(Kind.TENANT, append_only=True)},
    )
    metric: Mapped[str] = public(Text)
    hundredths: Mapped[int] = public(BigInteger)
    unit: Mapped[str] = public(Text)
    is_at_least: Mapped[bool] = public(Boolean)
    document: Mapped[str] = public(Text)
    quoted: Mapped[str] = public(Text)
    note: Mapped[str | None] = public(Text)
