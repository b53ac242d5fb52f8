"""kill -9 of any part at any point of the money story: each is paid once, and all books agree."""

import itertools
import os
import random
from collections.abc import Iterator, Sequence

import pytest

from tests.scenarios.kill.agreement import agree
from tests.scenarios.kill.money import REWARD_FEN, Accident, Left, MoneyStory
from tests.scenarios.kill.stack import HONEST, Stack, running_stack
from tests.services.payments.paying import OURS

ANY = ("worker", "relay", "broker", "postgres")
COMMANDS = ("before_mutation_commit", "after_mutation_commit")
POINTS = (
    "before_numbering",
    "before_ring",
    "after_ring",
    "before_call",
    "after_call",
    "before_commit",
)
BANK = ("bank_before", "bank_executed")
STEPS = ("before_step_commit", "between_tenants")


def pairs(points: Sequence[str], victims: Sequence[str]) -> list[Accident]:
    """Every victim at every point."""
    return [Accident(*pair) for pair in itertools.product(points, victims)]


NOTICE = pairs(COMMANDS, ("web", "postgres")) + pairs(POINTS, (*ANY, "gateway"))
"""From the approval to the reporter's telephone."""
PAYMENT = pairs(COMMANDS, ("web", "postgres")) + pairs((*POINTS, *BANK), (*ANY, "bank"))
"""From the second officer's word to the voucher."""
SILENCE = pairs((*STEPS, *POINTS, *BANK), (*ANY, "bank"))
"""From the clock's last minute to the bank and to the province."""

SAMPLED = 1
"""Runs in `make test`, where all kill tests together may take 40 s."""
CARELESS_PAYER = "tests.scenarios.kill.careless_payer"

Run = tuple[Accident, Accident, Accident]


def seeded(what: str) -> random.Random:
    """Chance that can be had again: WANGGE_SEED."""
    seed = int(os.environ.get("WANGGE_SEED", random.SystemRandom().randrange(2**32)))
    print(f"{what}: seed {seed}")
    return random.Random(seed)


def drawn(chance: random.Random, count: int | None = None) -> list[Run]:
    """Runs with an accident in each part; without a count every pair comes at least once."""
    parts = [chance.sample(part, len(part)) for part in (NOTICE, PAYMENT, SILENCE)]
    most = max(map(len, parts)) if count is None else count
    return [tuple(part[i % len(part)] for part in parts) for i in range(most)]  # type: ignore[misc]


@pytest.fixture(scope="module")
def story() -> Iterator[MoneyStory]:
    """One deployment for all accidents of this file."""
    with running_stack(with_duties=True) as stack:
        yield MoneyStory(stack)


@pytest.fixture(scope="module")
def expected(story: MoneyStory) -> Left:
    """What the story leaves when nobody is killed, which is the same in every such run."""
    told, left = story.play()
    agree(story, told)
    assert {name for name, _ in left} >= {
        "reward",
        "reward_voucher",
        "lesson",
        "refund_request",
        "payment_instruction",
        "ledger_transfer",
        "ledger_account",
        "oversight_document",
        "deadline_step",
        "message",
        "event",
        "audit_link",
        "metric",
    }
    return left


def use_worker(stack: Stack, module: str) -> None:
    """Let another worker do the work."""
    stack.kill("worker")
    stack.worker = module
    stack.revive("worker")


def check(story: MoneyStory, expected: Left, run: Run) -> None:
    """The story with its accidents ends as it does without."""
    told, left = story.play(*run)
    agree(story, told)
    assert left == expected


def test_accidents_by_chance_leave_what_an_undisturbed_run_leaves(
    story: MoneyStory, expected: Left
) -> None:
    for run in drawn(seeded("money"), SAMPLED):
        print(run)
        check(story, expected, run)


@pytest.mark.prove
def test_every_victim_at_every_point(story: MoneyStory, expected: Left) -> None:
    runs = drawn(seeded("money, all pairs"))
    broken = []
    for place, run in enumerate(runs, 1):
        try:
            check(story, expected, run)
        except (AssertionError, TimeoutError) as found:
            broken.append((run, repr(found)[:2_000]))
        print(f"{place}/{len(runs)} {run} {'BROKEN' if broken else 'well'}", flush=True)
    print(f"{len(NOTICE)} + {len(PAYMENT)} + {len(SILENCE)} pairs in {len(runs)} runs")
    assert broken == []


@pytest.mark.prove
def test_control_a_payer_that_does_not_ask_pays_twice_and_is_caught(
    story: MoneyStory, expected: Left
) -> None:
    """The last of this file: it leaves a bank that has paid more than it was told."""
    before = story.at_bank(OURS)
    use_worker(story.stack, CARELESS_PAYER)
    try:
        told, left = story.play(payment=Accident("after_call", "worker"))
    finally:
        use_worker(story.stack, HONEST)
    # Our own rows look as they should; only the bank knows that it has paid twice.
    assert left == expected
    assert story.at_bank(OURS) <= before - 2 * REWARD_FEN
    with pytest.raises(AssertionError):
        agree(story, told)
