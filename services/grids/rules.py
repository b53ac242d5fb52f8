"""Rules of grids: codes of places, how many officers."""

import re
import unicodedata

from infra.errors import Fault
from services.grids.errors import GridErrorCode
from services.grids.models import TerritoryKind

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{1,31}")
_LEVELS = (2, 4, 6, 9, 12)
"""Digits of province, city, county (GB/T 2260), township and village (GB/T 10114)."""


def normal_code(code: str) -> str:
    """A division code without the zeros that fill it up: `610526000000` → `610526`.

    Codes of functional zones (own keys) and school zones stay as they are.
    """
    if not (code.isascii() and code.isdigit() and len(code) in (6, 12)):
        return code
    for length, shorter in ((12, 9), (9, 6), (6, 4), (4, 2)):
        if len(code) == length and set(code[shorter:]) == {"0"}:
            code = code[:shorter]
    return code


def containing_codes(code: str) -> tuple[str, ...]:
    """The codes of divisions that contain a place, the most specific first, itself included."""
    normal = normal_code(code)
    if not (normal.isascii() and normal.isdigit()):
        return (normal,)
    shorter = [normal[:length] for length in _LEVELS if length < len(normal)]
    return (normal, *reversed(shorter))


def code_fault(kind: TerritoryKind, code: str) -> Fault | None:
    """What is wrong with the code of a place, or None."""
    half = unicodedata.normalize("NFKC", code).strip()
    if half != code and _CODE.fullmatch(half):
        return Fault(
            GridErrorCode.CODE_FULL_WIDTH,
            f"编码含全角字符或空格，应为 {half}",
            f"The code has full-width characters or spaces; write {half}",
            ("code",),
        )
    if not _CODE.fullmatch(code):
        return Fault(
            GridErrorCode.CODE_INVALID,
            "编码应为 2 至 32 位数字、字母或连字符",
            "A code is 2 to 32 digits, letters or hyphens",
            ("code",),
        )
    if kind is TerritoryKind.DIVISION and code.isdigit() and len(code) not in _LEVELS:
        return Fault(
            GridErrorCode.CODE_INVALID,
            f"区划代码应为 2、4、6、9 或 12 位，现为 {len(code)} 位",
            f"A division code has 2, 4, 6, 9 or 12 digits, not {len(code)}",
            ("code",),
        )
    return None


def above_max(officers: int, most: int | None) -> bool:
    """Whether one more officer exceeds the upper bound (None: the county sets none)."""
    return most is not None and officers + 1 > most
