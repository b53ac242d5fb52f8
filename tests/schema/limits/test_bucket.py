"""Leaky buckets: exact levels on a clock of our own, clients and counties apart, bounded keys."""

import random
from dataclasses import replace
from uuid import UUID

import pytest

from schema.limits.bucket import PUBLIC, Buckets, client_key
from schema.limits.numbers import DEFAULT, Limits
from tests.harness.effort import effort

SMALL = replace(
    DEFAULT,
    client_points=100,
    client_points_per_s=10,
    tenant_points=250,
    tenant_points_per_s=50,
    clients_remembered=3,
)
PUCHENG, HUAYIN = 61052600, 61058200


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> Buckets:
    return Buckets(SMALL, clock)


def test_a_full_bucket_refuses_says_when_and_leaks(buckets: Buckets, clock: Clock) -> None:
    taken = buckets.take("a", PUCHENG, 100)
    assert (taken.allowed, taken.remaining, taken.retry_after_s) == (True, 0, 0.0)
    assert taken.restore_per_s == 10.0
    refused = buckets.take("a", PUCHENG, 15)
    assert (refused.allowed, refused.remaining, refused.retry_after_s) == (False, 0, 1.5)
    clock.now += 1.4
    assert not buckets.take("a", PUCHENG, 15).allowed
    clock.now += 0.1
    assert buckets.take("a", PUCHENG, 15).allowed
    clock.now += 1_000
    assert buckets.take("a", PUCHENG, 1).remaining == 99


def test_a_refused_take_spends_nothing(buckets: Buckets) -> None:
    assert buckets.take("a", PUCHENG, 60).remaining == 40
    for _ in range(50):
        assert not buckets.take("a", PUCHENG, 41).allowed
    assert buckets.take("a", PUCHENG, 40).allowed


def test_a_client_does_not_starve_its_county_nor_a_county_another(buckets: Buckets) -> None:
    for _ in range(50):
        buckets.take("a", PUCHENG, 100)
    assert buckets.take("b", PUCHENG, 100).allowed
    # 50 points of the county are left, whoever of it asks.
    last = buckets.take("c", PUCHENG, 100)
    assert (last.allowed, last.remaining, last.restore_per_s) == (False, 50, 50.0)
    assert last.retry_after_s == 1.0
    assert buckets.take("c", HUAYIN, 100).allowed, "the same client elsewhere"


def test_the_public_has_no_bucket_in_common(buckets: Buckets) -> None:
    taken = [buckets.take(f"192.0.{i}.0/24", PUBLIC, 100).allowed for i in range(30)]
    assert all(taken)
    assert not buckets.take("192.0.29.0/24", PUBLIC, 1).allowed


def test_asking_takes_nothing_and_debt_is_refused(buckets: Buckets, clock: Clock) -> None:
    buckets.take("a", PUCHENG, 100)
    assert buckets.take("a", PUCHENG, 0).allowed
    for _ in range(10):
        buckets.charge("a", PUCHENG, 30)
    asked = buckets.take("a", PUCHENG, 0)
    # The debt is at most another bucket: ten seconds.
    assert (asked.allowed, asked.retry_after_s) == (False, 10.0)
    assert buckets.take("b", PUCHENG, 100).allowed, "its county is not charged"
    clock.now += 10
    assert buckets.take("a", PUCHENG, 0).allowed


def test_keys_are_bounded_and_the_longest_unused_goes(buckets: Buckets) -> None:
    for name in "abc":
        buckets.take(name, PUBLIC, 100)
    buckets.take("a", PUBLIC, 0)  # asked for, not kept
    buckets.charge("a", PUBLIC, 1)
    buckets.take("d", PUBLIC, 1)
    assert not buckets.take("a", PUBLIC, 1).allowed
    assert buckets.take("b", PUBLIC, 1).allowed, "forgotten"
    assert len(buckets._clients._levels) == SMALL.clients_remembered


def test_no_sequence_spends_more_than_bucket_and_leak() -> None:
    """Any take: allowed points ≤ size + seconds × rate; the control breaks the clock."""

    def most_over(leaks: float) -> float:
        clock, over = Clock(), 0.0
        buckets, spent = Buckets(SMALL, lambda: 1_000 + (clock.now - 1_000) * leaks), 0
        for _ in range(3_000):
            clock.now += rng.random() * 2
            points = rng.randint(0, 60)
            if buckets.take("a", PUCHENG, points).allowed:
                spent += points
            over = max(over, spent - 100 - (clock.now - 1_000) * 10)
        return over

    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    assert most_over(1.0) < 1e-6
    assert most_over(1.5) > 1


def test_one_request_fits_into_the_buckets() -> None:
    """Else a legal request could never be answered."""
    limits = Limits()
    assert limits.points <= limits.client_points <= limits.tenant_points
    assert limits.client_points_per_s <= limits.tenant_points_per_s


def test_the_client_is_the_account_or_the_network() -> None:
    account = UUID(int=7)
    assert client_key(account, "192.0.2.1") == client_key(account, "198.51.100.1") == str(account)
    assert client_key(None, "192.0.2.1") == client_key(None, "192.0.2.200")
    assert client_key(None, "2001:db8::1") == client_key(None, "2001:db8::ffff:1")
    assert client_key(None, "192.0.2.1") != client_key(None, "192.0.3.1")


def test_taking_is_cheap_with_many_clients() -> None:
    buckets = Buckets()
    for number in range(DEFAULT.clients_remembered + 1_000):
        buckets.take(str(number), number % 3_000 + 1, 10)

    def take() -> None:
        for number in range(10_000):
            buckets.take(str(number % 7), 1, 0)

    spent = effort(take)
    print(f"{spent:.1f} yardsticks")
    assert spent < 300
