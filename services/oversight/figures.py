"""Figures of a tenant's block as SQL expressions over its row.

A tenant's block `number`…`hi` is itself and all below it (but for listed tenants that moved), so
the same expression is a county's figure and a province's; row security bounds it to what the asker
may see. Exact at any moment: what was rolled up, totals that moved since, deltas that wait.
"""

import functools
import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.types import TypeEngine

from services.metrics.models import COMPLETE, UNROLLED, MetricBlock, MetricDelta, MetricTotal
from tenants.models import Level, RangeException, Tenant
from tenants.scope import scope_setting

AS_OF: ColumnElement[datetime] = scope_setting("app.now", "timestamptz")

_BELOW = aliased(Tenant)
_COUNTED = (Level.COUNTY.value, Level.FUNCTIONAL_ZONE.value)


def _below(number: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """Two disjoint conditions, each an index's own: of the block, and moved in from elsewhere."""
    listed = (
        select(RangeException.tenant_number)
        .where(RangeException.jurisdiction_number == Tenant.number)
        .correlate(Tenant)
    )
    return (
        and_(
            number.between(Tenant.number, Tenant.hi),
            number.not_in(listed.where(~RangeException.is_within)),
        ),
        number.in_(listed.where(RangeException.is_within)),
    )


def _rolled() -> ColumnElement[bool]:
    """The tenant's block holds all that was rolled up, and nobody moved out of it or into it."""
    marker = aliased(MetricBlock)
    return and_(
        exists()
        .where(marker.tenant_id == Tenant.number, marker.metric == COMPLETE)
        .correlate(Tenant),
        ~exists().where(RangeException.jurisdiction_number == Tenant.number).correlate(Tenant),
    )


def _parts(metric: str) -> FromClause:
    """Rows whose sums are the metric's numerator and denominator over the block.

    Rolled up: the block's own row, and what its totals moved since. Else: its totals, with those
    of tenants moved in. Deltas that wait come to either.
    """
    block, total = MetricBlock, MetricTotal
    told, moved_in = _below(total.tenant_id)
    ours = [
        select(block.numerator, block.denominator).where(
            block.tenant_id == Tenant.number, block.metric == metric, _rolled()
        ),
        select(
            total.numerator - total.rolled_numerator, total.denominator - total.rolled_denominator
        ).where(
            total.tenant_id.between(Tenant.number, Tenant.hi),
            total.metric == metric,
            text(f"({UNROLLED})"),
            _rolled(),
        ),
    ]
    plain = [
        select(total.numerator, total.denominator).where(below, total.metric == metric, ~_rolled())
        for below in (told, moved_in)
    ]
    waiting = [
        select(MetricDelta.numerator, MetricDelta.denominator).where(
            below, MetricDelta.metric == metric
        )
        for below in _below(MetricDelta.tenant_id)
    ]
    return union_all(*(part.correlate(Tenant) for part in ours + plain + waiting)).subquery()


def _sums(metric: str) -> Subquery:
    """The metric's two sums over the block, in one pass over its rows."""
    parts = _parts(metric).c
    return (
        select(
            func.coalesce(func.sum(parts.numerator), 0).label("n"),
            func.coalesce(func.sum(parts.denominator), 0).label("d"),
        )
        .correlate(Tenant)
        .subquery("sums")
    )


def _missing(metric: str) -> ColumnElement[int]:
    """Counties and zones of the block that never reported the metric."""
    known = [
        exists().where(table.tenant_id == _BELOW.number, table.metric == metric)
        for table in (MetricTotal, MetricDelta)
    ]
    parts = [
        select(func.count())
        .select_from(_BELOW)
        .where(below, _BELOW.level.in_(_COUNTED), and_(*(~told for told in known)))
        .correlate(Tenant)
        .scalar_subquery()
        for below in _below(_BELOW.number)
    ]
    return cast(functools.reduce(operator.add, parts), Integer)


def _percent(numerator: ColumnElement[Any], denominator: ColumnElement[Any]) -> ColumnElement[Any]:
    # numeric rounding in PostgreSQL is half away from zero, which is half up for rates.
    return case((denominator != 0, func.round(cast(numerator, Numeric) * 100 / denominator, 2)))


@dataclass(frozen=True)
class Figure:
    """A figure's parts as expressions over a tenant's row and its sums, which are read once."""

    value: ColumnElement[Any]
    numerator: ColumnElement[Any]
    denominator: ColumnElement[Any]
    tenants_missing: ColumnElement[int]
    over: Subquery

    @property
    def parts(self) -> dict[str, Any]:
        """By the field's Python name."""
        return vars(self) | {"as_of": AS_OF}


def count(metric: str) -> Figure:
    """A plain number; it has no denominator."""
    return _plain(metric, Integer())


def money(metric: str) -> Figure:
    """An amount in fen; it has no denominator."""
    return _plain(metric, BigInteger())


def rate(metric: str) -> Figure:
    """Percent, half up to two places; null, not 0, where nothing could be counted (domain §7)."""
    return _ratio(_sums(metric), _missing(metric))


def related(part: str, whole: str) -> Figure:
    """Percent of one metric's count in another's, as `rate`."""
    ours, theirs = _sums(part).alias("part"), _sums(whole).alias("whole")
    both = select(ours.c.n.label("n"), theirs.c.n.label("d")).join_from(ours, theirs, true())
    return _ratio(both.subquery("sums"), _missing(whole))


def _plain(metric: str, kind: TypeEngine[Any]) -> Figure:
    sums = _sums(metric)
    amount = cast(sums.c.n, kind)
    return Figure(amount, amount, func.nullif(0, 0), _missing(metric), sums)


def _ratio(sums: Subquery, missing: ColumnElement[int]) -> Figure:
    n, d = cast(sums.c.n, Integer()), cast(sums.c.d, Integer())
    return Figure(_percent(sums.c.n, sums.c.d), n, d, missing, sums)


INSTITUTIONS_ACTIVE = count("institutions.active")
CLUES_RECEIVED = count("clues.received")
CLUES_REPLIED = rate("clues.replied")
CLUES_REPLIED_IN_TIME = rate("clues.replied_in_time")
CLUES_SUBSTANTIATED = rate("clues.substantiated")
DEADLINES_MISSED = rate("deadlines.missed")
REWARDS_PAID = rate("rewards.paid")
REWARDS_AMOUNT = money("rewards.amount_fen")
FUNDS_COVERAGE = related("funds.supervised", "institutions.active")
FUNDS_BALANCE = money("funds.balance_fen")
FUNDS_UNCONSUMED = money("funds.unconsumed_fen")
FUNDS_ALERTS_RED = count("funds.alerts_red")
