"""Errors a user can mend: a stable code, the field, and a message in Chinese and English."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where (path of field names), what, and how to mend it."""

    code: str
    zh: str
    en: str
    field: tuple[str, ...] = field(default_factory=tuple)


class DomainError(Exception):
    """The command was understood and refused; carries one fault or several."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{f.code}: {f.en}" for f in faults))
        self.faults = faults


class Forbidden(Exception):
    """The principal lacks a permission; told as `FORBIDDEN`, never with details."""


class NotFound(DomainError):
    """Unknown, or not visible to the asker: one answer for both."""

    def __init__(self, *path: str) -> None:
        super().__init__(Fault("NOT_FOUND", "找不到该对象", "No such object; check the id", path))
