"""PostGraphile and ours answer the same; the ratios are printed, never judged."""

import pytest
from rich.console import Console

from tests.harness.cluster import Cluster
from tests.harness.county import County
from tests.load import bench
from tests.peers.questions import QUESTIONS
from tests.peers.race import race


@pytest.mark.prove
async def test_the_peer_still_runs_and_agrees(
    cluster: Cluster, database: str, county: County
) -> None:
    """One short round of every question; `race` compares the answers before it measures."""
    row_id = await bench.fill(cluster, database, county)
    field = await bench.field_of(cluster, database, county, row_id)
    told = race(Console(width=120), field, seconds=0.5, rounds=1)
    assert list(told) == [question.name for question in QUESTIONS]
