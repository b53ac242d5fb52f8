"""Figures are totals plus waiting deltas, whoever wrote them and however far folding is."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select

from services.metrics.service import fold, record
from services.oversight.figures import Figure, rate
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import PROVINCE, County

FIGURE = rate("test.rate")


def over(figure: Figure, part: Any) -> ColumnElement[Any]:
    """A part over the figure's sums, for a tenant's row."""
    return select(part).select_from(figure.over).correlate(Tenant).scalar_subquery()


async def seen(figure: Figure) -> dict[int, tuple[Any, ...]]:
    """Value, numerator, denominator and missing by tenant, as a supervisor of the province."""
    scope = Scope.jurisdiction(PROVINCE.number, PROVINCE.number, PROVINCE.hi, None)
    async with reading(scope) as session:
        rows = await session.execute(
            select(
                Tenant.number,
                *(over(figure, p) for p in (figure.value, figure.numerator, figure.denominator)),
                figure.tenants_missing,
            )
        )
        return {row[0]: tuple(row[1:]) for row in rows}


async def moved(scope: Scope, numerator: int, denominator: int) -> None:
    async with unit_of_work(scope, "test.move") as session:
        await record(session, "test.rate", numerator=numerator, denominator=denominator)


async def folded(county: County) -> None:
    async with unit_of_work(Scope.system(county.number), "test.fold") as session:
        await fold(session)


async def test_the_same_before_between_and_after_folds(
    county: County, other_county: County
) -> None:
    none = (None, 0, 0)
    assert await seen(FIGURE) == {
        PROVINCE.number: (*none, 2),
        county.number: (*none, 1),
        other_county.number: (*none, 1),
    }
    # Every role that changes figures: the api, a worker, and the public.
    await moved(county.scope, 1, 0)
    await moved(Scope.system(county.number), 0, 2)
    await folded(county)
    await moved(Scope.public(county.number), 0, 1)
    expected = {
        PROVINCE.number: (Decimal("33.33"), 1, 3, 1),
        county.number: (Decimal("33.33"), 1, 3, 0),
        other_county.number: (*none, 1),
    }
    assert await seen(FIGURE) == expected
    await folded(county)
    assert await seen(FIGURE) == expected
    await folded(county)
    assert await seen(FIGURE) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [(1, 8, "12.50"), (2, 3, "66.67"), (192, 216, "88.89"), (1, 20_000, "0.01"), (1, 800, "0.13")],
)
async def test_rates_are_rounded_half_up(
    county: County, numerator: int, denominator: int, percent: str
) -> None:
    """192 of 216 is the published 88.89 % (S2-12); 0.125 and 0.005 show the half."""
    await moved(county.scope, numerator, denominator)
    assert (await seen(FIGURE))[county.number][0] == Decimal(percent)


async def test_a_supervisor_of_another_range_sees_no_figure(county: County) -> None:
    await moved(county.scope, 1, 1)
    async with reading(Scope.jurisdiction(PROVINCE.hi + 1, PROVINCE.hi + 1, 2**31 - 1, None)) as s:
        found = await s.execute(
            select(over(FIGURE, FIGURE.numerator)).where(Tenant.number == county.number)
        )
        assert found.scalar_one() == 0
    # The control: the province's own supervisor does.
    assert (await seen(FIGURE))[county.number][1] == 1
