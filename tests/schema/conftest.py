"""Counties with one of everything, made once per process and copied with the database."""

from collections.abc import Sequence
from copy import deepcopy

import pytest

from schema.context import PRINCIPALS
from tests.harness.cluster import Cluster, Furnished
from tests.harness.county import County
from tests.schema.world import World, furnish


@pytest.fixture
async def opened(opened: Furnished, request: pytest.FixtureRequest, cluster: Cluster) -> Furnished:
    """The counties that the test asks for; those whose worlds it asks for (`mine`, `theirs`) full.

    `known` has the counties, then the worlds of `mine` and `theirs`, None where not asked for.
    """
    wanted = [name for name in ("mine", "theirs") if name in request.fixturenames]
    if not wanted:
        return opened
    counties: Sequence[County] = opened.known

    async def make(database: str) -> list[World | None]:
        worlds: list[World | None] = []
        async with cluster.admin(database) as admin:
            PRINCIPALS.clear()
            for name, county in zip(("mine", "theirs"), counties, strict=False):
                worlds.append(await furnish(county, admin) if name in wanted else None)
        return worlds

    kind = "_".join(["of", str(len(counties)), *wanted])
    made = await cluster.furnished(kind, make, of=opened.name)
    return Furnished(made.name, (*counties, *made.known))


@pytest.fixture
async def mine(county: County, opened: Furnished) -> World:
    """County A with one of everything."""
    return _of(county, opened)


@pytest.fixture
async def theirs(other_county: County, opened: Furnished) -> World:
    """County B with one of everything."""
    return _of(other_county, opened)


def _of(county: County, opened: Furnished) -> World:
    worlds = [known for known in opened.known if isinstance(known, World)]
    (found,) = (deepcopy(world) for world in worlds if world.county.number == county.number)
    return found
