"""Fixtures: one real server per test process, one database per test, copied from a filled one."""

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy

import asyncpg
import pytest
import structlog

from infra.database.engine import dispose
from schema.context import PRINCIPALS
from tests.harness.cluster import TEMPLATE, Cluster, Furnished, running_cluster
from tests.harness.county import County, open_county

# By default every logged failure is drawn with its frames' variables: seconds each.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with roles, keys and a migrated template."""
    with running_cluster() as running:
        yield running


@pytest.fixture
async def opened(request: pytest.FixtureRequest, cluster: Cluster) -> Furnished:
    """What the test's database is a copy of: with county A, with both, or with none."""
    if not {"county", "other_county"} & set(request.fixturenames):
        return Furnished(TEMPLATE)
    first = await cluster.furnished("county", lambda _: open_county("a"))
    if "other_county" not in request.fixturenames:
        return Furnished(first.name, (first.known,))
    second = await cluster.furnished("counties", lambda _: open_county("b"), of=first.name)
    return Furnished(second.name, (first.known, second.known))


@pytest.fixture
async def database(cluster: Cluster, opened: Furnished) -> AsyncIterator[str]:
    """The name of a migrated database of the test's own, which the process's settings point at."""
    async with cluster.clone(opened.name) as name:
        with cluster.environment(name):
            # Another copy's accounts have the same ids.
            PRINCIPALS.clear()
            yield name
            await dispose()


@pytest.fixture
async def admin(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser connection to the test's database."""
    async with cluster.admin(database) as connection:
        yield connection


@pytest.fixture
async def county(database: str, opened: Furnished) -> County:
    """County A of the province, with two grids, posts and accounts."""
    county: County = deepcopy(opened.known[0])
    return county


@pytest.fixture
async def other_county(county: County, opened: Furnished) -> County:
    """County B of the same province."""
    other: County = deepcopy(opened.known[1])
    return other
