"""Figures are exact while a thousand changes and the folding run at the same time."""

import asyncio
import os
import random

import asyncpg
import pytest
from sqlalchemy import TextClause, text

from services.metrics import service
from services.metrics.service import fold, record
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import County

METRIC = "test.figure"
CHANGES = 1_000
LANES = 6

_PRESENT = """
SELECT (SELECT coalesce(sum(numerator), 0) FROM metric_total WHERE metric = $1)
     + (SELECT coalesce(sum(numerator), 0) FROM metric_delta WHERE metric = $1)
"""


async def change_and_fold(county: County, admin: asyncpg.Connection) -> tuple[int, int]:
    """Make the changes in lanes, fold meanwhile; returns (the figure, the recount)."""
    seed = int(os.environ.get("WANGGE_SEED", random.randrange(2**32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    amounts = [chance.choice((-1, 1, 2, 3)) for _ in range(CHANGES)]
    lanes = [amounts[i::LANES] for i in range(LANES)]
    done = asyncio.Event()

    async def work(lane: list[int]) -> None:
        for start in range(0, len(lane), 5):
            async with unit_of_work(county.scope, "test.change") as session:
                for amount in lane[start : start + 5]:
                    await record(session, METRIC, numerator=amount)

    async def folding() -> None:
        while not done.is_set():
            async with unit_of_work(Scope.system(county.number), "test.fold") as session:
                await fold(session)
            await asyncio.sleep(0)

    folders = [asyncio.create_task(folding()) for _ in range(2)]
    await asyncio.gather(*(work(lane) for lane in lanes))
    done.set()
    await asyncio.gather(*folders)
    return int(await admin.fetchval(_PRESENT, METRIC)), sum(amounts)


async def test_equal_to_a_recount(county: County, admin: asyncpg.Connection) -> None:
    figure, recount = await change_and_fold(county, admin)
    assert figure == recount
    assert await admin.fetchval("SELECT count(*) FROM metric_total WHERE metric = $1", METRIC) == 1


async def test_a_fold_that_forgets_to_take_is_noticed(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: deltas that are added but stay are counted twice."""
    kept = str(service._FOLD).replace(
        "DELETE FROM metric_delta d USING", "SELECT * FROM metric_delta d,"
    )
    kept = kept.replace("RETURNING d.metric, d.numerator, d.denominator, d.at", "")
    kept = kept.replace(
        "SELECT * FROM", "SELECT d.metric, d.numerator, d.denominator, d.at FROM", 1
    )
    broken: TextClause = text(kept)
    monkeypatch.setattr(service, "_FOLD", broken)
    figure, recount = await change_and_fold(county, admin)
    assert figure != recount
