"""kill -9 of the web process: a report is kept once or not at all, and answered once."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx2 as httpx
import pytest

from tests.harness.cluster import TEMPLATE
from tests.scenarios.kill.public import new_keys, report, report_until_answered
from tests.scenarios.kill.rows import left_by, rows
from tests.scenarios.kill.stack import Stack, running_stack
from tests.scenarios.test_kill import POINTS, check

pytestmark = pytest.mark.prove

REPORTS = 3
COMMIT = ("before_mutation_commit", "after_mutation_commit")

Left = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A deployment with its web process."""
    with running_stack() as running:
        running.revive("web")
        yield running


_SMS = "SELECT id FROM message WHERE channel = 'SMS'"


def message_ids(stack: Stack) -> set[UUID]:
    """The messages for phones; an officer's notice in the inbox is made by an actor, later."""

    async def look() -> set[UUID]:
        async with stack.cluster.admin(TEMPLATE) as connection:
            return {row["id"] for row in await connection.fetch(_SMS)}

    return asyncio.run(look())


def undisturbed(stack: Stack) -> Left:
    """What as many reports leave when nobody is killed."""
    known, before = message_ids(stack), rows(stack)
    receipts = report_until_answered(stack, new_keys(REPORTS))
    stack.settle(list(message_ids(stack) - known))
    return left_by(before, rows(stack, [ticket for ticket, _ in receipts]))


@pytest.fixture(scope="module")
def expected(stack: Stack) -> Left:
    """The rows of an undisturbed run, which are the same in every such run."""
    left = undisturbed(stack)
    assert left == undisturbed(stack)
    assert {name for name, _ in left} >= {"clue", "message", "event", "audit_link", "metric"}
    return left


def killed_at(stack: Stack, point: str) -> Left:
    """Report, hold a part of the product at the point, kill web; what is left in the end."""
    known, before, keys = message_ids(stack), rows(stack), new_keys(REPORTS)
    stack.arm(point)
    receipts = report_until_answered(stack, keys)
    stack.wait_until_held(point)
    stack.kill("web")
    stack.revive("web")
    stack.disarm()
    assert report_until_answered(stack, keys) == receipts
    ids = list(message_ids(stack) - known)
    check(ids, stack.settle(ids), kills=1)
    return left_by(before, rows(stack, [ticket for ticket, _ in receipts]))


@pytest.mark.parametrize("point", POINTS)
def test_web_may_go_once_it_has_answered(stack: Stack, expected: Left, point: str) -> None:
    assert killed_at(stack, point) == expected


@pytest.mark.parametrize("point", COMMIT)
def test_a_report_cut_off_at_its_commit_is_sent_again(
    stack: Stack, expected: Left, point: str
) -> None:
    known, before, keys = message_ids(stack), rows(stack), new_keys(REPORTS)
    stack.arm(point)
    with ThreadPoolExecutor(1) as frontend:
        cut_off = frontend.submit(report, stack, keys[0])
        stack.wait_until_held(point)
        stack.kill("web")
        assert isinstance(cut_off.exception(20), httpx.HTTPError)
    kept = len(message_ids(stack) - known)
    assert kept == (1 if point == "after_mutation_commit" else 0)
    stack.disarm()
    stack.revive("web")
    receipts = report_until_answered(stack, keys)
    assert report_until_answered(stack, keys) == receipts
    ids = list(message_ids(stack) - known)
    assert len(ids) == REPORTS
    check(ids, stack.settle(ids), kills=1)
    assert left_by(before, rows(stack, [ticket for ticket, _ in receipts])) == expected


def test_control_a_report_under_a_new_key_is_noticed(stack: Stack, expected: Left) -> None:
    """What a frontend must not do: the report would be there twice."""
    known, before = message_ids(stack), rows(stack)
    receipts = report_until_answered(stack, new_keys(REPORTS + 1))
    stack.settle(list(message_ids(stack) - known))
    left = left_by(before, rows(stack, [ticket for ticket, _ in receipts]))
    assert left != expected
    assert {key for key in left if left[key] != expected.get(key)} & {
        key for key in left if key[0] == "clue"
    }
