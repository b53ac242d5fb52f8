"""Fixtures: one real server per test process, one cloned database per test."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from infra.database.engine import dispose
from tests.harness.cluster import Cluster, running_cluster
from tests.harness.county import County, open_county


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server with roles, keys and a migrated template."""
    with running_cluster() as running:
        yield running


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[str]:
    """The name of an empty migrated database that the process's settings point at."""
    async with cluster.clone() as name:
        with cluster.environment(name):
            yield name
            await dispose()


@pytest.fixture
async def admin(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser connection to the test's database."""
    async with cluster.admin(database) as connection:
        yield connection


@pytest.fixture
async def county(database: str) -> County:
    """County A of the province, with two grids, posts and accounts."""
    return await open_county("a")


@pytest.fixture
async def other_county(county: County) -> County:
    """County B of the same province."""
    return await open_county("b")
