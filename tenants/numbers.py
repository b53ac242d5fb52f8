"""Tenant numbers: six-digit code × 100 + serial, in blocks that make a jurisdiction a range.

Every acting jurisdiction is itself a tenant and has the first number of its block, so «all of a
province» is `BETWEEN lo AND hi` (performance.md, rows and scope). Numbers never change: a county
that moves to another city keeps its number and is listed as an exception until it is moved by
export and import.
"""

import re

from tenants.models import Level

_CODE = re.compile(r"[1-9]\d{5}")
NATIONAL = 0
"""The nation's own number; its block is everything."""

LAST = 99_999_999


_SIZES = {
    Level.NATIONAL: LAST + 1,
    Level.PROVINCE: 1_000_000,
    Level.CITY: 10_000,
    Level.COUNTY: 100,
    Level.FUNCTIONAL_ZONE: 1,
}


def tenant_number(code: str) -> int:
    """The number of the jurisdiction with a GB/T 2260 code. Raises ValueError for another form."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"a division code has six digits and no leading zero, not {code!r}")
    return int(code) * 100


def zone_number(parent_code: str, serial: int) -> int:
    """The number of a functional zone without a code: a serial of the body above it, 1 to 99."""
    if not 1 <= serial <= 99:
        raise ValueError(f"a zone's serial is 1 to 99, not {serial}")
    return tenant_number(parent_code) + serial


def block(level: Level, number: int) -> tuple[int, int]:
    """First and last number of a jurisdiction's block; a county's or zone's ends where it can.

    Raises ValueError when the number does not begin a block of that very level: a province's
    first number is no city's, and a zone has a serial.
    """
    size = _SIZES[level]
    larger = min((other for other in _SIZES.values() if other > size), default=None)
    is_larger = larger is not None and number % larger == 0
    if not 0 <= number <= LAST or number % size or is_larger:
        raise ValueError(f"{number} does not begin a block of level {level}")
    return number, number + size - 1
