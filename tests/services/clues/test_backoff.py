"""Who has to wait after wrong receipts."""

import pytest

from services.clues.backoff import LONGEST_S, Backoff


def guessed(address: str, times: int = 8) -> Backoff:
    backoff = Backoff()
    for _ in range(times):
        backoff.wrong(address, "T")
    return backoff


@pytest.mark.parametrize(
    ("guesser", "neighbour"),
    [
        ("192.0.2.7", "192.0.2.99"),
        ("2001:db8::1", "2001:db8::2"),
        ("2001:db8:0:0:1::1", "2001:db8::2"),
        ("::ffff:192.0.2.7", "192.0.2.99"),
    ],
)
def test_one_network_is_one_guesser(guesser: str, neighbour: str) -> None:
    assert guessed(guesser).wait_s(neighbour, "T") > 0


@pytest.mark.parametrize(
    ("guesser", "stranger"),
    [("192.0.2.7", "192.0.3.7"), ("2001:db8::1", "2001:db8:0:1::1"), ("unix", "192.0.2.7")],
)
def test_another_network_never_waits(guesser: str, stranger: str) -> None:
    assert guessed(guesser).wait_s(stranger, "T") == 0


def test_a_patient_guesser_waits_the_longest_pause() -> None:
    wait = guessed("192.0.2.7", 2_000).wait_s("192.0.2.7", "T")
    assert LONGEST_S - 5 < wait <= LONGEST_S


def test_a_right_receipt_ends_the_wait() -> None:
    backoff = guessed("192.0.2.7")
    backoff.right("192.0.2.7", "T")
    assert backoff.wait_s("192.0.2.7", "T") == 0
