"""Rules of the register, without a database."""

import pytest

from services.institutions import rules
from tests.services.institutions.codes import uscc


def test_a_correct_code_passes() -> None:
    assert rules.uscc_faults(uscc(1)) == []


def test_a_code_written_wrongly_is_told_how_to_be_written() -> None:
    right = uscc(1, "91610526MA")
    for wrong in (right.lower(), f" {right}", right + "\u3000"):
        (fault,) = rules.uscc_faults(wrong)
        assert fault.field == ("uscc",)
        assert right in fault.zh
        assert right in fault.en


def test_full_width_digits_are_refused_with_the_right_form() -> None:
    right = uscc(7)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in right)
    (fault,) = rules.uscc_faults(wide)
    assert right in fault.zh


@pytest.mark.parametrize("bad", ["", "1", "A" * 18, "\ud800" * 18, "9" * 10_000, "\x00" * 18])
def test_what_is_no_code_is_refused(bad: str) -> None:
    (fault,) = rules.uscc_faults(bad)
    assert fault.field == ("uscc",)


def test_names_addresses_and_reasons_have_bounds() -> None:
    assert rules.name_faults("蒲城县星光艺术培训中心") == []
    assert rules.name_faults("星") != []
    assert rules.name_faults("长" * 101) != []
    assert rules.address_faults(None) == []
    assert rules.address_faults("城关镇东街 1 号") == []
    assert rules.address_faults("a\x00b") != []
    assert rules.reason_faults("") != []
