"""Identifiers people type: social credit codes and phone numbers, judged and shown."""

import unicodedata
from dataclasses import dataclass
from typing import NewType

import phonenumbers
from stdnum.cn import uscc as _uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

Uscc = NewType("Uscc", str)
"""A unified social credit code as typed; `uscc_fault` judges it."""

PhoneNumber = NewType("PhoneNumber", str)
"""A phone number as typed, as E.164 or masked; `mobile` judges it."""


@dataclass(frozen=True)
class Wrong:
    """Why an identifier is refused, and what would be right."""

    zh: str
    en: str


def uscc_fault(value: str) -> Wrong | None:
    """Judge a unified social credit code (统一社会信用代码, GB 32100-2015), or None when valid."""
    narrow = unicodedata.normalize("NFKC", value)
    if narrow != value:
        return Wrong(
            "统一社会信用代码含全角字符，请改用半角数字和大写字母",
            "The code has full-width characters; type half-width digits and capitals",
        )
    if len(value) != 18:
        return Wrong(
            f"统一社会信用代码应为18位，现为{len(value)}位",
            f"The code has 18 characters, this one {len(value)}",
        )
    try:
        compact = _uscc.validate(value)
    except InvalidChecksum:
        return Wrong(
            "统一社会信用代码校验位不符，请核对原件",
            "The check character does not fit; compare with the certificate",
        )
    except ValidationError:
        return Wrong(
            "统一社会信用代码只含数字和大写字母（不含 I、O、S、V、Z）",
            "The code has digits and capitals without I, O, S, V, Z",
        )
    if compact != value:
        return Wrong("统一社会信用代码请用大写字母", "Type the code in capitals")
    return None


def mobile(value: str) -> str | Wrong:
    """A mainland mobile number as E.164, or why it is none (hotlines cannot receive an SMS)."""
    narrow = unicodedata.normalize("NFKC", value.strip())
    wrong = Wrong("请填写11位手机号", "Give a mobile number of 11 digits")
    if len(narrow) > 20:
        return wrong
    try:
        number = phonenumbers.parse(narrow, "CN")
    except phonenumbers.NumberParseException:
        return wrong
    if number.extension:
        return Wrong("手机号没有分机，请去掉分机号", "Leave the extension out; mobiles have none")
    is_mobile = phonenumbers.number_type(number) is phonenumbers.PhoneNumberType.MOBILE
    if number.country_code != 86 or not phonenumbers.is_valid_number(number) or not is_mobile:
        return wrong
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(value: str) -> str:
    """`138****5678` for a mobile number in whichever form."""
    national = value.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"
