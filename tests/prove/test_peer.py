"""PostGraphile and ours answer the same; the ratios are printed, never judged."""

import pytest
from rich.console import Console

from infra.database.engine import dispose
from tests.harness.cluster import running_cluster
from tests.harness.county import open_county
from tests.load import bench
from tests.peers.questions import QUESTIONS
from tests.peers.race import race


@pytest.mark.prove
async def test_the_peer_still_runs_and_agrees() -> None:
    """One short round of every question; `race` compares the answers before it measures."""
    with running_cluster() as cluster:
        async with cluster.clone() as name:
            with cluster.environment(name):
                county = await open_county("a")
                row_id = await bench.fill(cluster, name, county)
                field = await bench.field_of(cluster, name, county, row_id)
                await dispose()
                told = race(Console(width=120), field, seconds=0.5, rounds=1)
    assert list(told) == [question.name for question in QUESTIONS]
