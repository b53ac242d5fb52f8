"""kill -9 of any part at any point: every message is seen once, and none is lost."""

import itertools
import os
import random
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.scenarios.kill.rabbit import Rabbit
from tests.scenarios.kill.rows import left_by, rows
from tests.scenarios.kill.stack import CARELESS, HONEST, Outcome, Stack, running_stack

# In `make test` the money story stands for all: tests/scenarios/test_kill_money.py.
pytestmark = pytest.mark.prove

POINTS = (
    "before_numbering",  # committed, not numbered
    "before_ring",
    "after_ring",
    "before_call",
    "after_call",
    "before_commit",
)
VICTIMS = ("worker", "relay", "broker", "postgres", "gateway", "wipe")
CASES = list(itertools.product(POINTS, VICTIMS))
MESSAGES = 3


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One deployment for all accidents of this file, mended after each."""
    with running_stack() as running:
        yield running


@pytest.fixture(scope="module")
def expected(stack: Stack) -> dict[tuple[str, str], int]:
    """The rows that as many messages leave when nobody is killed."""
    before = rows(stack)
    stack.settle(stack.send(MESSAGES))
    return left_by(before, rows(stack))


def accident(stack: Stack, point: str, victim: str) -> tuple[list[UUID], Outcome]:
    """Hold a process at a point, kill the victim, start it again, let go, wait for the end."""
    stack.arm(point)
    ids = stack.send(MESSAGES)
    stack.wait_until_held(point)
    stack.kill(victim)
    stack.revive(victim)
    stack.disarm()
    return ids, stack.settle(ids)


def check(ids: list[UUID], outcome: Outcome, kills: int) -> None:
    """One visible message each; further raw calls only after an unknown attempt."""
    assert outcome.states == dict.fromkeys(ids, "SENT")
    assert outcome.visible == dict.fromkeys(ids, 1)
    assert sum(outcome.raw.values()) <= len(ids) + kills
    for message_id in ids:
        attempts = outcome.attempts[message_id]
        assert None not in attempts
        assert 1 <= outcome.raw[message_id] <= 1 + attempts.count("UNKNOWN")
        assert attempts.count("SENT") <= 1
    assert outcome.numbers == list(range(1, len(outcome.numbers) + 1))


@pytest.mark.parametrize(("point", "victim"), CASES)
def test_every_message_is_seen_once(
    stack: Stack, expected: dict[tuple[str, str], int], point: str, victim: str
) -> None:
    before = rows(stack)
    ids, outcome = accident(stack, point, victim)
    check(ids, outcome, kills=1)
    assert left_by(before, rows(stack)) == expected


@pytest.mark.parametrize("loss", ["wipe", "broker"])
def test_rings_that_the_broker_lost_are_rung_again(stack: Stack, loss: str) -> None:
    stack.kill("worker")
    stack.arm("after_ring")
    ids = stack.send(MESSAGES)
    stack.wait_until_held("after_ring")
    assert stack.queued_rings() > 0
    stack.kill(loss)
    stack.revive(loss)
    assert stack.queued_rings() == 0
    stack.revive("worker")
    stack.disarm()
    check(ids, stack.settle(ids), kills=2)


def test_a_command_killed_after_its_commit_is_carried_out(stack: Stack) -> None:
    message_id = stack.send_and_die("after_commit")
    check([message_id], stack.settle([message_id]), kills=1)


def test_a_command_killed_before_its_commit_leaves_nothing(stack: Stack) -> None:
    message_id = stack.send_and_die("in_transaction")
    outcome = stack.settle([message_id])
    assert outcome.states == {}
    assert outcome.raw == {message_id: 0}


def test_a_storm_of_kills(stack: Stack) -> None:
    seed = int(os.environ.get("WANGGE_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    ids: list[UUID] = []
    kills = 12
    for _ in range(kills):
        ids += stack.send(5)
        time.sleep(chance.uniform(0, 1.0))
        victim = chance.choice(VICTIMS)
        stack.kill(victim)
        time.sleep(chance.uniform(0, 0.5))
        stack.revive(victim)
    check(ids, stack.settle(ids, 120), kills=kills * 5)


def test_without_a_broker_nothing_is_sent_until_it_is_back(stack: Stack) -> None:
    stack.kill("broker")
    ids = stack.send(MESSAGES)
    time.sleep(3)
    waiting = stack.outcome(ids)
    assert waiting.states == dict.fromkeys(ids, "QUEUED")
    assert waiting.raw == dict.fromkeys(ids, 0)
    stack.revive("broker")
    check(ids, stack.settle(ids), kills=0)


def test_control_acknowledging_before_the_effect_loses_messages(stack: Stack) -> None:
    stack.kill("worker")
    stack.worker = CARELESS
    stack.revive("worker")
    try:
        ids, outcome = accident(stack, "before_call", "worker")
        lost = [i for i in ids if outcome.visible[i] == 0]
        assert lost
        assert {outcome.states[i] for i in lost} == {"QUEUED"}
        with pytest.raises(AssertionError):
            check(ids, outcome, kills=1)
    finally:
        stack.kill("worker")
        stack.worker = HONEST
        stack.revive("worker")


def test_the_same_on_rabbitmq() -> None:
    with running_stack(Rabbit()) as stack:
        for point, victim in (
            ("before_ring", "broker"),
            ("after_ring", "broker"),
            ("before_call", "worker"),
            ("after_call", "worker"),
            ("before_commit", "postgres"),
        ):
            ids, outcome = accident(stack, point, victim)
            check(ids, outcome, kills=1)
