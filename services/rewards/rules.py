"""Rules of rewards: bounds, tiers, who may sign, what an approval is bound to, identity numbers."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from infra.errors import Fault
from infra.money import yuan
from services.rewards.errors import RewardErrorCode
from services.rewards.models import RewardStatus
from tenants.access import RoleCode

_RESIDENT_ID = re.compile(r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_BANK = re.compile(r"[A-Z][A-Z0-9]{1,19}")
_ACCOUNT = re.compile(r"[0-9]{8,32}")


@dataclass(frozen=True)
class Scheme:
    """A tenant's reward measure as it was in force on a day; `version` names its very numbers."""

    min_fen: int
    max_fen: int
    version: str


def scheme_of(value: Mapping[str, Any] | None, least: int, most: int) -> Scheme | None:
    """The scheme from its policy value; `least` and `most` are the defaults of its bounds."""
    if value is None:
        return None
    low, high = int(value.get("min_fen", least)), int(value.get("max_fen", most))
    content = json.dumps([sorted(value.items()), low, high], default=str)
    return Scheme(low, high, hashlib.sha256(content.encode()).hexdigest()[:16])


def amount_fault(scheme: Scheme, amount_fen: int) -> Fault | None:
    """Whether an amount lies within the scheme (S3-12)."""
    if scheme.min_fen <= amount_fen <= scheme.max_fen:
        return None
    low, high = yuan(scheme.min_fen), yuan(scheme.max_fen)
    return Fault(
        RewardErrorCode.AMOUNT_OUT_OF_RANGE,
        f"奖励金额应为 {low} 至 {high} 元，现为 {yuan(amount_fen)} 元",
        f"The scheme allows {low} to {high} yuan, not {yuan(amount_fen)}",
        ("amount",),
    )


def tier_fault(
    tiers: Sequence[Sequence[Any]], amount_fen: int, roles: Collection[RoleCode]
) -> Fault | None:
    """Whether one of the roles may approve an amount: its own tier, or a higher one."""
    highest = max((int(most) for most, role in tiers if RoleCode(role) in roles), default=0)
    if amount_fen <= highest:
        return None
    return Fault(
        RewardErrorCode.TIER_EXCEEDED,
        f"您可审批的最高金额为 {yuan(highest)} 元，该奖励为 {yuan(amount_fen)} 元，请由上一级审批",
        f"You may approve up to {yuan(highest)} yuan, this is {yuan(amount_fen)}; ask higher up",
        ("id",),
    )


def step_fault(status: RewardStatus, allowed: Collection[RewardStatus]) -> Fault | None:
    """Whether a step may be taken from a state; one that was paid says so."""
    if status in allowed:
        return None
    if status in (RewardStatus.CLAIMED, RewardStatus.PAID):
        return Fault(
            RewardErrorCode.ALREADY_PAID,
            "该奖励已领取，不能再次办理",
            "The reward has been claimed; it is not paid again",
            ("id",),
        )
    names = "、".join(sorted(allowed))
    return Fault(
        RewardErrorCode.WRONG_STATE,
        f"当前状态为 {status}，此操作只适用于 {names}",
        f"The reward is {status}; this step is for {names}",
        ("id",),
    )


def other_person_fault(account_id: UUID, others: Collection[UUID | None]) -> Fault | None:
    """Whether somebody acts who has acted before (maker, checker and payers are different)."""
    if account_id not in others:
        return None
    return Fault(
        RewardErrorCode.SAME_PERSON,
        "提出、审批和两名发放人员须为不同的人，请由他人办理",
        "Proposer, approver and both payers are different people; another one has to act",
        ("id",),
    )


def approval_hash(amount_fen: int, payee_id: UUID, clue_id: UUID, policy_version: str) -> bytes:
    """What an approval is bound to: SHA-256 of amount, payee, clue and policy version."""
    content = json.dumps([amount_fen, str(payee_id), str(clue_id), policy_version])
    return hashlib.sha256(content.encode()).digest()


def identity_fault(number: str) -> Fault | None:
    """What is wrong with a resident identity number (GB 11643-1999: date and check character)."""
    good = bool(_RESIDENT_ID.fullmatch(number))
    if good:
        try:
            date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            good = False
    if good:
        total = sum(
            int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)
        )
        good = _CHECKS[total % 11] == number[17]
    if good:
        return None
    return Fault(
        RewardErrorCode.IDENTITY_INVALID,
        "身份证号码有误，请核对证件后按18位填写",
        "The identity number is wrong; compare with the card, it has 18 characters",
        ("identityNo",),
    )


def bank_fault(code: str) -> Fault | None:
    """What is wrong with a bank's code: 2 to 20 capitals and digits, a capital first."""
    if _BANK.fullmatch(code):
        return None
    return Fault(
        RewardErrorCode.BANK_INVALID,
        "开户行代码应为 2 至 20 位大写字母或数字，例如 CCB",
        "A bank's code has 2 to 20 capitals or digits, such as CCB",
        ("bankCode",),
    )


def account_fault(number: str, path: str = "payeeAccountNo") -> Fault | None:
    """What is wrong with a bank account number: it has 8 to 32 digits."""
    if _ACCOUNT.fullmatch(number):
        return None
    return Fault(
        RewardErrorCode.ACCOUNT_INVALID,
        "银行账号应为 8 至 32 位数字",
        "A bank account number has 8 to 32 digits",
        (path,),
    )
