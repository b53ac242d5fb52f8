"""Money is whole fen (分) of CNY; yuan exist as text with two decimals, at the edge alone."""

import re
from typing import NewType

Fen = NewType("Fen", int)
"""An amount in 分, the hundredth of a yuan; see decision 0007."""

FEN_PER_YUAN = 100
MOST_FEN = Fen(10**13)
"""No single amount is larger: a hundred billion yuan, so that sums stay far from a bigint's end."""


def yuan(amount: Fen) -> str:
    """The amount as text in yuan with two decimals, `"-12.05"`."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), FEN_PER_YUAN)
    return f"{sign}{whole}.{rest:02}"


_YUAN = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_yuan(text: str) -> Fen | None:
    """Yuan with at most two decimals; None for another form (separators, exponents) or too much."""
    found = _YUAN.fullmatch(text)
    if found is None:
        return None
    sign, whole, rest = found.groups()
    fen = int(whole) * FEN_PER_YUAN + int((rest or "").ljust(2, "0"))
    return Fen(-fen if sign else fen) if fen <= MOST_FEN else None
