"""Rules of grids, without a database."""

import pytest

from infra.text import text_fault
from services.grids import rules
from services.grids.models import TerritoryKind


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("610526000000", "610526"),
        ("610526001000", "610526001"),
        ("610526001002", "610526001002"),
        ("610500", "6105"),
        ("610000", "61"),
        ("610526001", "610526001"),
        ("xiaoxue-01", "xiaoxue-01"),
    ],
)
def test_zeros_that_fill_a_code_up_are_dropped(given: str, normal: str) -> None:
    assert rules.normal_code(given) == normal


def test_a_place_lies_in_its_divisions_the_smallest_first() -> None:
    assert rules.containing_codes("610526001002") == (
        "610526001002",
        "610526001",
        "610526",
        "6105",
        "61",
    )
    assert rules.containing_codes("XA-HTZ") == ("XA-HTZ",)


@pytest.mark.parametrize("bad", ["１２", "6", "61052", "6105 26", "6105\x0026", "", "省", "6" * 33])
def test_wrong_codes_are_named(bad: str) -> None:
    fault = rules.code_fault(TerritoryKind.DIVISION, bad)
    assert fault is not None
    assert fault.field == ("code",)


def test_full_width_codes_are_told_how_to_be_written() -> None:
    fault = rules.code_fault(TerritoryKind.DIVISION, "６１０５２６")
    assert fault is not None
    assert fault.code == "CODE_FULL_WIDTH"
    assert "610526" in fault.zh
    assert "610526" in fault.en


@pytest.mark.parametrize("bad", ["\ud800ab", "ab\x00", "a\u200bb", "一", " 一 ", "长" * 101])
def test_texts_that_cannot_be_stored_or_seen_are_refused(bad: str) -> None:
    assert text_fault("name", bad, 2, 100, "名称", "The name") is not None


def test_an_officer_more_than_the_bound_is_too_many() -> None:
    assert not rules.above_max(2, 3)
    assert rules.above_max(3, 3)
    assert not rules.above_max(50, None)
