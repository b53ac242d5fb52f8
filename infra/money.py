"""Money: whole fen inside, yuan with two decimals outside (decision 0007)."""

import re
from typing import NewType

Fen = NewType("Fen", int)
"""Hundredths of a yuan (分)."""

MOST_FEN = Fen(10**13)
"""No single amount is larger: a hundred billion yuan, so that sums stay far from a bigint's end."""

_YUAN = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2}))?", re.ASCII)


def yuan(fen: int) -> str:
    """Fen as yuan with exactly two decimals: 128000 → `1280.00`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def parse_yuan(text: str) -> Fen | None:
    """Yuan with at most two decimals; None for another form (separators, exponents) or too much."""
    found = _YUAN.fullmatch(text)
    if found is None:
        return None
    sign, whole, rest = found.groups()
    fen = int(whole) * 100 + int((rest or "").ljust(2, "0"))
    return Fen(-fen if sign else fen) if fen <= MOST_FEN else None
