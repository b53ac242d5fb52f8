"""Numbers of notices: one after the other in a year, none twice, none left out."""

import asyncio
import random
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from infra.errors import DomainError
from services.problems.models import ProblemSource, ViolationType
from services.problems.rectification import IssueNotice, issue_notice
from services.problems.service import Finding, open_confirmed
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock
from tests.harness.county import County
from tests.services.problems.steps import do, noticed, registered

DUE = date(2026, 3, 12)


class Regretted(Exception):
    """The transaction is given up after the number was taken."""


async def problems(county: County, count: int) -> list[UUID]:
    """Confirmed problems of an institution."""
    institution = await registered(county)
    officer = await county.principal("officer1")
    finding = Finding(
        ProblemSource.INSPECTION, institution, ViolationType.OTHER, "巡查发现。", institution,
        "某机构", county.units["school1"], officer.account_id, county.posts["officer1"],
    )  # fmt: skip
    async with unit_of_work(county.scope, "test.open") as session:
        return [
            (await open_confirmed(session, county.number, finding, drafts_notice=False)).id
            for _ in range(count)
        ]


async def numbers(admin: asyncpg.Connection, county: County) -> list[tuple[int, int]]:
    """Years and numbers of a county's notices, in order."""
    rows = await admin.fetch(
        "SELECT year, number FROM rectification_notice WHERE tenant_id = $1 ORDER BY 1, 2",
        county.number,
    )
    return [(row["year"], row["number"]) for row in rows]


async def test_fifty_at_once_are_one_to_fifty(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, "2026-03-02 09:00")
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    waiting = await problems(county, 70)
    given_up = set(chance.sample(waiting, 20))
    officer = await county.principal("county_officer")

    async def issue(problem: UUID) -> None:
        async with unit_of_work(officer.scope, "test.issue") as session:
            command = IssueNotice(problem, "公示到位", DUE, "张贴公示")
            await issue_notice(session, officer, command)
            if problem in given_up:
                raise Regretted

    answers = await asyncio.gather(*map(issue, waiting), return_exceptions=True)
    assert [type(a) for a in answers if a is not None] == [Regretted] * 20
    assert await numbers(admin, county) == [(2026, n) for n in range(1, 51)]


async def test_each_year_and_each_county_counts_from_one(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-12-31 23:50")
    first, second, third = await problems(county, 3)
    await noticed(county, first, date(2027, 1, 10))
    await noticed(county, second, date(2027, 1, 10))
    (theirs,) = await problems(other_county, 1)
    await noticed(other_county, theirs, date(2027, 1, 10))
    await set_clock(admin, "2027-01-01 00:10")
    await noticed(county, third, date(2027, 1, 10))
    assert await numbers(admin, county) == [(2026, 1), (2026, 2), (2027, 1)]
    assert await numbers(admin, other_county) == [(2026, 1)]


async def test_a_refused_notice_takes_no_number(county: County, admin: asyncpg.Connection) -> None:
    await set_clock(admin, "2026-03-02 09:00")
    (problem,) = await problems(county, 1)
    await noticed(county, problem, DUE)
    again = IssueNotice(problem, "公示到位", DUE, "张贴公示")
    with pytest.raises(DomainError, match="WRONG_STATE"):
        await do(county, "county_officer", issue_notice, again)
    assert await admin.fetchval("SELECT last_number FROM serial") == 1
