"""The ledger answers as the oracle does, whatever it is given in whatever order."""

import os
import random

import pytest

from tests.harness.cluster import Cluster
from tests.services.ledger import oracle
from tests.services.ledger.machine import play


def _seed() -> int:
    return int(os.environ.get("WANGGE_SEED", random.randrange(2**32)))


def test_five_hundred_steps(cluster: Cluster) -> None:
    play(cluster, _seed(), runs=10, steps=50)


@pytest.mark.prove
def test_ten_thousand_steps(cluster: Cluster) -> None:
    play(cluster, _seed(), runs=125, steps=80)


def test_another_idea_of_the_ledger_is_noticed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: an oracle that forgets what is set aside disagrees at once."""
    monkeypatch.setattr(oracle.Books, "pending", lambda _books, _account: (0, 0))
    with pytest.raises(AssertionError):
        play(cluster, 1, runs=5, steps=30)
