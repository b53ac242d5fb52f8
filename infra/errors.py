"""Errors a user can mend: a code, the field, and a message in Chinese and English."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class ErrorCode(StrEnum):
    """Base of every noun's codes: `NAME = "NAME", "中文 — English"`.

    A code of another enum is taken over by assigning it: `NOT_FOUND = SharedCode.NOT_FOUND`.
    """

    description: str

    def __new__(cls, code: str, description: str = "") -> "ErrorCode":
        made = str.__new__(cls, code)
        made._value_ = str(code)
        made.description = description or str(getattr(code, "description", ""))
        return made


class SharedCode(ErrorCode):
    """共用错误代码 — codes that mean the same about every noun"""

    NOT_FOUND = "NOT_FOUND", "找不到 — no such object, or not visible to the asker"
    CONFLICT = "CONFLICT", "已被修改 — changed since the version given; the present one is shown"
    TEXT_LENGTH = "TEXT_LENGTH", "字数不符 — the text is too short or too long"
    TEXT_INVALID = "TEXT_INVALID", "含非法字符 — the text has characters that cannot be seen"
    IDEMPOTENCY_KEY_INVALID = (
        "IDEMPOTENCY_KEY_INVALID",
        "幂等键不合格式 — the idempotency key does not have the form asked for",
    )
    IDEMPOTENCY_KEY_REUSED = (
        "IDEMPOTENCY_KEY_REUSED",
        "幂等键已用 — the idempotency key was used with another input; make a new one",
    )


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where (path of field names), what, and how to mend it."""

    code: ErrorCode
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
        fault = Fault(SharedCode.NOT_FOUND, "找不到该对象", "No such object; check the id", path)
        super().__init__(fault)


class Versioned(Protocol):
    """A row that counts its changes."""

    tenant_id: int
    id: UUID
    version: int


class Conflict(DomainError):
    """Somebody changed the row since it was read; the edge shows it as it is now."""

    def __init__(self, row: Versioned) -> None:
        now = row.version
        super().__init__(
            Fault(
                SharedCode.CONFLICT,
                f"该对象已被他人修改，当前版本为 {now}，请核对后按此版本再改",
                f"Changed meanwhile: the version is now {now}; look at it and send that version",
                ("expectedVersion",),
            )
        )
        self.row = row


def expect_version(row: Versioned, expected: int) -> None:
    """Raise Conflict unless the locked row is at the version its changer has read.

    Asked before anything is changed (API guide, concurrency), so that what is shown is true.
    """
    if row.version != expected:
        raise Conflict(row)
