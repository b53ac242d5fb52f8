"""Codes and numbers as people type them."""

import pytest

from infra.identifiers import Wrong, masked, mobile, uscc_fault


def test_a_valid_code_passes() -> None:
    assert uscc_fault("91110000600037341L") is None


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("91110000600037341M", "校验位"),
        ("９1110000600037341L", "全角"),
        ("91110000600037341l", "大写"),
        ("9111000060003734", "18位"),
        ("91110000600037341O", "不含"),
    ],
)
def test_a_wrong_code_is_told_why(value: str, word: str) -> None:
    fault = uscc_fault(value)
    assert fault is not None
    assert word in fault.zh


@pytest.mark.parametrize("value", ["13800138000", "+86 138 0013 8000", "１３８００１３８０００"])
def test_mobile_numbers_have_one_form(value: str) -> None:
    assert mobile(value) == "+8613800138000"


@pytest.mark.parametrize("value", ["12345", "0913-7210000", "+14155550100", "x", "1" * 50])
def test_what_cannot_receive_an_sms_is_refused(value: str) -> None:
    assert isinstance(mobile(value), Wrong)


def test_masking() -> None:
    assert masked("+8613800135678") == "138****5678"
