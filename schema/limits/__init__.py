"""Stand-in until the real limits are merged."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Stand-in."""

    body_bytes: int = 1 << 20
    request_points: int = 2_000
    bucket_points: int = 20_000
    restore_per_s: float = 1_000.0


DEFAULT = Limits()


@dataclass(frozen=True)
class Price:
    """Stand-in."""

    def of(self, _variables: dict[str, Any]) -> int:
        """Stand-in."""
        return 1


@dataclass(frozen=True)
class Taken:
    """Stand-in."""

    allowed: bool
    remaining: float
    restore_per_s: float
    retry_after_s: float


class Buckets:
    """Stand-in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def take(self, _client: str, _tenant: int, _points: int) -> Taken:
        """Stand-in."""
        return Taken(True, self._limits.bucket_points, self._limits.restore_per_s, 0)


def scan(_text: str) -> None:
    """Stand-in."""


def examine(_document: Any) -> None:
    """Stand-in."""


def check_variables(_variables: dict[str, Any]) -> None:
    """Stand-in."""


def price(_schema: Any, _document: Any, _name: str | None) -> Price:
    """Stand-in."""
    return Price()
