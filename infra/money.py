"""Money is whole fen (分) of CNY; yuan exist as text with two decimals, at the edge alone."""

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
