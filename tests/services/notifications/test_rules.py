"""What messages may say."""

import pytest

from services.notifications.rules import (
    MAX_LENGTH,
    Template,
    UnfitParameter,
    parameters,
    render,
)


@pytest.mark.parametrize("template", list(Template))
def test_every_template_fits_with_the_longest_codes(template: Template) -> None:
    text = render(template, dict.fromkeys(parameters(template), "W" * 24))
    assert 10 <= len(text) <= MAX_LENGTH
    assert "{" not in text


def test_the_receipt_says_the_number() -> None:
    text = render(Template.CLUE_RECEIVED, {"ticket": "T-0001"})
    assert text.startswith("【网格】您的举报已收到，编号T-0001。")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"ticket": "T-1", "name": "X-1"},
        {"ticket": "实验中学"},
        {"ticket": "13800138000"},
        {"ticket": "T"},
        {"ticket": "T" * 25},
        {"ticket": "T-1 {x}"},
        {"ticket": "T-1\n"},
    ],
)
def test_anything_but_codes_is_refused_and_not_repeated(params: dict[str, str]) -> None:
    with pytest.raises(UnfitParameter) as refused:
        render(Template.CLUE_RECEIVED, params)
    assert "13800138000" not in str(refused.value)
    assert "实验中学" not in str(refused.value)
