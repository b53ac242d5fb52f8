"""Unified social credit codes for tests, with correct check characters (GB 32100-2015)."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(number: int, prefix: str = "52610526") -> str:
    """The `number`-th code; by default of a private non-enterprise unit in Pucheng."""
    body = f"{prefix}{number:0{17 - len(prefix)}d}"
    total = sum(_ALPHABET.index(c) * 3**i for i, c in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]
