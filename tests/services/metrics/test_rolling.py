"""Rolled up or not, a figure is the same; what was opened or moved later is minded."""

import asyncio
import random

import asyncpg

from services.metrics.rolling import roll
from services.metrics.service import fold, record
from services.oversight.figures import count
from tenants.provisioning import move_tenant, open_tenant
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import CITY, PROVINCE, County
from tests.services.oversight.test_figures import seen

FIGURE = count("test.count")
SEED = 20_261_125


async def moved(county: County, numerator: int) -> None:
    async with unit_of_work(county.scope, "test.move") as session:
        await record(session, "test.count", numerator=numerator)


async def folded(county: County) -> None:
    async with unit_of_work(Scope.system(county.number), "test.fold") as session:
        await fold(session)


async def sums() -> dict[int, int]:
    return {number: parts[1] for number, parts in (await seen(FIGURE)).items()}


async def block(admin: asyncpg.Connection, tenant: int) -> int:
    """What a tenant's own row of blocks holds."""
    found = await admin.fetchval(
        "SELECT numerator FROM metric_block WHERE tenant_id = $1 AND metric = 'test.count'", tenant
    )
    return int(found or 0)


async def test_every_stage_counts_once(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    held = {county.number: 0, other_county.number: 0}
    for _ in range(30):
        place = chance.choice((county, other_county))
        match chance.randrange(4):
            case 0 | 1:
                step = chance.randrange(-3, 9)
                await moved(place, step)
                held[place.number] += step
            case 2:
                await folded(place)
            case 3:
                await roll()
        assert await sums() == held | {PROVINCE.number: sum(held.values())}
    await asyncio.gather(folded(county), folded(other_county), roll(), roll())
    await roll()
    assert await sums() == held | {PROVINCE.number: sum(held.values())}
    # The control: the province's figure is one row by now, and nothing waits.
    assert await block(admin, PROVINCE.number) == sum(held.values())
    assert await roll() == 0


async def test_a_jurisdiction_opened_later_has_what_was_rolled_up_before(
    county: County, admin: asyncpg.Connection
) -> None:
    await moved(county, 4)
    await folded(county)
    await roll()
    await open_tenant(CITY)
    assert (await sums())[CITY.number] == 4  # from the totals: its block holds nothing yet
    assert await block(admin, CITY.number) == 0
    await moved(county, 3)
    await folded(county)
    await roll()
    assert await block(admin, CITY.number) == 7
    assert (await sums())[CITY.number] == 7


async def test_a_county_that_moved_counts_where_it_hangs(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    await open_tenant(CITY)
    await move_tenant(county.number, CITY.number)
    await moved(county, 4)
    await moved(other_county, 2)
    for place in (county, other_county):
        await folded(place)
    await roll()
    assert (await sums())[CITY.number] == 4
    await move_tenant(county.number, PROVINCE.number)
    assert (await sums())[CITY.number] == 0
    await move_tenant(other_county.number, CITY.number)
    assert (await sums())[CITY.number] == 2
    await move_tenant(county.number, CITY.number)
    await moved(county, 1)
    await folded(county)
    await roll()
    found = await sums()
    assert (found[CITY.number], found[PROVINCE.number]) == (7, 7)
    assert await block(admin, CITY.number) == 5  # by number; it is not what is shown
