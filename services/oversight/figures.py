"""Figures of a tenant's block as SQL expressions over its row.

A tenant's block `number`…`hi` is itself and all below it (but for listed tenants that moved), so
the same expression is a county's figure and a province's; row security bounds it to what the asker
may see. Exact at any moment: folded totals plus deltas that wait.
"""

import functools
import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Numeric,
    and_,
    case,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.types import TypeEngine

from services.metrics.models import MetricDelta, MetricTotal
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


def _sum(metric: str, part: str, kind: TypeEngine[Any] | None = None) -> ColumnElement[Any]:
    """Totals plus waiting deltas of a metric over the block."""
    parts = [
        select(func.coalesce(func.sum(getattr(table, part)), 0))
        .where(below, table.metric == metric)
        .correlate(Tenant)
        .scalar_subquery()
        for table in (MetricTotal, MetricDelta)
        for below in _below(table.tenant_id)
    ]
    return cast(functools.reduce(operator.add, parts), kind or Integer())


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


@dataclass(frozen=True)
class Figure:
    """A figure's parts as expressions over a tenant's row."""

    value: ColumnElement[Any]
    numerator: ColumnElement[Any]
    denominator: ColumnElement[Any]
    tenants_missing: ColumnElement[int]

    @property
    def parts(self) -> dict[str, Any]:
        """By the field's Python name."""
        return vars(self) | {"as_of": AS_OF}


def count(metric: str) -> Figure:
    """A plain number; it has no denominator."""
    numerator = _sum(metric, "numerator")
    return Figure(numerator, numerator, func.nullif(0, 0), _missing(metric))


def rate(metric: str) -> Figure:
    """Percent, half up to two places; null, not 0, where nothing could be counted (domain §7)."""
    numerator, denominator = _sum(metric, "numerator"), _sum(metric, "denominator")
    # numeric rounding in PostgreSQL is half away from zero, which is half up for rates.
    value = case((denominator != 0, func.round(cast(numerator, Numeric) * 100 / denominator, 2)))
    return Figure(value, numerator, denominator, _missing(metric))


def money(metric: str) -> Figure:
    """An amount in fen; it has no denominator."""
    amount = _sum(metric, "numerator", BigInteger())
    return Figure(amount, amount, func.nullif(0, 0), _missing(metric))


def related(part: str, whole: str) -> Figure:
    """Percent of one metric's count in another's, as `rate`."""
    numerator, denominator = _sum(part, "numerator"), _sum(whole, "numerator")
    value = case((denominator != 0, func.round(cast(numerator, Numeric) * 100 / denominator, 2)))
    return Figure(value, numerator, denominator, _missing(whole))


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
