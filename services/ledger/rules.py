"""What a transfer must be, what its content is known by, and how refusals are told. Pure."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from infra.errors import DomainError, Fault
from infra.money import MOST_FEN, Fen
from infra.text import text_fault
from services.ledger.errors import LedgerErrorCode
from services.ledger.models import NormalSide

PAYOUT = ".payout"
"""A kind that ends so pays somebody out: one of them per subject may be live."""

_CODE = re.compile(r"[a-z][a-z_]*(\.[a-z_]+)*")
_KEY = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True)
class Balance:
    """An account's sums on its own normal side, in fen.

    `pending_in`, `pending_out`: set aside to come and to go; `available`: what may still go.
    """

    posted_fen: Fen
    pending_in_fen: Fen
    pending_out_fen: Fen
    available_fen: Fen


def balance_of(
    side: NormalSide, posted: tuple[int, int], pending: tuple[int, int], least: int | None
) -> Balance:
    """From (debits, credits) posted and pending; `least` is the balance's lower bound.

    Without a bound, what is available is counted above zero.
    """
    coming, going = (0, 1) if side is NormalSide.DEBIT else (1, 0)
    balance = posted[coming] - posted[going]
    return Balance(
        Fen(balance),
        Fen(pending[coming]),
        Fen(pending[going]),
        Fen(balance - pending[going] - (least or 0)),
    )


def net_bounds(
    side: NormalSide, least: int | None, most: int | None
) -> tuple[int | None, int | None]:
    """Bounds of a balance on its normal side as bounds of debits less credits, and back."""
    if side is NormalSide.DEBIT:
        return least, most
    return (None if most is None else -most), (None if least is None else -least)


def is_payout(kind: str) -> bool:
    """Whether a kind of transfer pays somebody out (trust: one live payout per subject)."""
    return kind.endswith(PAYOUT)


def digest(*content: str | int | UUID | date | datetime | None) -> bytes:
    """SHA-256 of a command's content; the same key with another digest is another command."""
    plain = [part if isinstance(part, int) or part is None else str(part) for part in content]
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).digest()


def expect_codes(*codes: str) -> None:
    """Raise ValueError for a kind or reason that is no code: the caller's mistake, not a user's."""
    for code in codes:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code!r} is no code of lower-case words joined by dots")


def expect_key(key: str) -> None:
    """Raise ValueError for a key that is not 1 to 128 visible ASCII characters."""
    if not _KEY.fullmatch(key):
        raise ValueError("a transfer's key has 1 to 128 visible ASCII characters")


def expect_amount(amount: int) -> None:
    """Raise DomainError unless the amount is above zero and at most MOST_FEN."""
    if isinstance(amount, bool) or not 0 < amount <= MOST_FEN:
        raise DomainError(
            Fault(
                LedgerErrorCode.AMOUNT_INVALID,
                "金额应大于零且不超过上限",
                "The amount must be above zero and within bounds",
                ("amount",),
            )
        )


def reason_faults(reason: str) -> list[Fault]:
    """What is wrong with the reason for lifting a stop: 5 to 500 visible characters."""
    fault = text_fault("reason", reason, 5, 500, "解除原因", "The reason")
    return [fault] if fault else []


def refused_posting(outcome: str, place: int | None = None) -> DomainError:
    """The error of a transfer or hold that came to nothing; `place`: which one of a batch."""
    fault = _POSTING[outcome]
    if place is not None:
        fault = replace(fault, field=(str(place), *fault.field))
    return DomainError(fault)


def refused_resolution(outcome: str) -> DomainError:
    """The error of a post, void or expiry that came to nothing."""
    return DomainError(_RESOLUTION[outcome])


def refused_reversal(outcome: str) -> DomainError:
    """The error of a reversal that came to nothing."""
    return DomainError(_REVERSAL[outcome])


NOT_STOPPED = Fault(
    LedgerErrorCode.NOT_STOPPED,
    "该停止记账已被解除",
    "This stop has been lifted already",
    ("id",),
)
_STOPPED = Fault(
    LedgerErrorCode.POSTINGS_STOPPED,
    "账务核对不平，已停止记账，请财务人员核查后由负责人解除",
    "The books do not agree, so postings are stopped; have them examined and the stop lifted",
)
_KEY_REUSED = Fault(
    LedgerErrorCode.KEY_REUSED,
    "该业务键已用于另一笔内容不同的流水",
    "This key was used for a transfer with another content",
)
_BALANCE = Fault(
    LedgerErrorCode.EXCEEDS_BALANCE,
    "账户可用余额不足，请核对金额或先补足余额",
    "The available balance is too small; check the amount or fund the account first",
    ("amount",),
)
_LIMIT = Fault(
    LedgerErrorCode.EXCEEDS_LIMIT,
    "将超过账户余额上限，请核对金额",
    "The account would rise above its limit; check the amount",
    ("amount",),
)
_UNKNOWN = Fault(
    LedgerErrorCode.TRANSFER_UNKNOWN,
    "找不到该流水，或其类型不允许此操作",
    "No such transfer, or not one that this can be done to",
)
_POSTING = {
    fault.code.value: fault
    for fault in (
        _STOPPED,
        _KEY_REUSED,
        _BALANCE,
        _LIMIT,
        Fault(
            LedgerErrorCode.ACCOUNT_UNKNOWN,
            "账户不存在，请先开户",
            "No such account; open it first",
        ),
        Fault(
            LedgerErrorCode.SAME_ACCOUNT,
            "借方与贷方不能是同一账户",
            "Debit and credit must be two accounts",
        ),
        Fault(
            LedgerErrorCode.PAYOUT_LIVE,
            "同一事项已有一笔在途或已付款项，不能再付",
            "A payout for the same subject is under way or done; it cannot be paid again",
        ),
    )
}
_RESOLUTION = {
    fault.code.value: fault
    for fault in (
        _STOPPED,
        _KEY_REUSED,
        _UNKNOWN,
        Fault(
            LedgerErrorCode.ALREADY_RESOLVED,
            "该笔冻结已入账或已撤销",
            "What was set aside has been posted or released already",
        ),
        Fault(
            LedgerErrorCode.AMOUNT_EXCEEDS_PENDING,
            "入账金额不能超过冻结金额",
            "No more can be posted than was set aside",
            ("amount",),
        ),
        Fault(
            LedgerErrorCode.PENDING_EXPIRED,
            "该笔冻结已到期，不能入账",
            "What was set aside has expired and cannot be posted",
        ),
        Fault(
            LedgerErrorCode.PENDING_NOT_EXPIRED,
            "该笔冻结尚未到期",
            "What was set aside has not expired yet",
        ),
    )
}
_REVERSAL = {
    fault.code.value: fault
    for fault in (
        _STOPPED,
        _KEY_REUSED,
        _UNKNOWN,
        _BALANCE,
        _LIMIT,
        Fault(
            LedgerErrorCode.ALREADY_REVERSED,
            "该流水已冲正，不能再次冲正",
            "The transfer has been reversed already",
        ),
    )
}
