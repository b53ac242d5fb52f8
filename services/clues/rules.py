"""Pure rules of clues: receipts, lengths, and which step may follow which (SM-5)."""

import re
import secrets
import unicodedata
from uuid import UUID

from infra.errors import Fault
from services.clues.errors import ClueErrorCode
from services.clues.models import ClueOutcome, ClueStatus, ConclusionStatus
from services.problems.models import ViolationType

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""

SECRET_BYTES = 10
"""80 bits of a receipt."""

_CHECK = ALPHABET + "*~$=U"
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")

TRIAGED_FROM = {ClueStatus.RECEIVED, ClueStatus.NEED_INFO}
ASSIGNED_FROM = {ClueStatus.ACCEPTED, ClueStatus.VERIFYING}
FOUND_TRUE = {ClueOutcome.SUBSTANTIATED, ClueOutcome.PARTIALLY}
REPLIED_FROM = {
    ClueStatus.ACCEPTED,
    ClueStatus.REJECTED,
    ClueStatus.MERGED,
    ClueStatus.VERIFYING,
    *(ClueStatus(outcome.value) for outcome in ClueOutcome),
}
"""A merged report has a reporter of its own, who is owed an answer too (S3-16 件件有回音)."""


def new_ticket_no() -> str:
    """A public number that says neither how many reports there are nor when."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def spell(secret: bytes) -> str:
    """80 bits as 16 Crockford characters and a check character (modulo 37)."""
    number = int.from_bytes(secret, "big")
    digits = "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
    return digits + _CHECK[number % 37]


def unspell(text: str) -> bytes | None:
    """The 80 bits of a typed receipt, or None when it was mistyped.

    Case, hyphens and the look-alikes O, I and L are forgiven.
    """
    typed = unicodedata.normalize("NFKC", text[:40]).upper().replace("-", "").replace(" ", "")
    if len(typed) != 17:
        return None
    digits = typed[:16].translate(str.maketrans("OIL", "011"))
    if any(character not in ALPHABET for character in digits):
        return None
    number = 0
    for character in digits:
        number = number << 5 | ALPHABET.index(character)
    return number.to_bytes(SECRET_BYTES, "big") if _CHECK[number % 37] == typed[16] else None


def key_fault(key: str) -> Fault | None:
    """The caller's key: at least 128 random bits, as 22 to 64 URL-safe characters."""
    if _KEY.fullmatch(key):
        return None
    return Fault(
        ClueErrorCode.IDEMPOTENCY_KEY_INVALID,
        "幂等键须为22至64位随机字符（字母、数字、- 或 _，不少于128位随机）",
        "The key has 22 to 64 random characters (letters, digits, - or _), 128 random bits",
        ("idempotencyKey",),
    )


def text_fault(field: str, value: str, least: int, most: int) -> Fault | None:
    """A text's length in visible characters."""
    if least <= len(value.strip()) <= most and "\x00" not in value:
        return None
    return Fault(
        ClueErrorCode.TEXT_LENGTH,
        f"应为 {least} 至 {most} 个字符，现为 {len(value.strip())} 个",
        f"Give {least} to {most} characters, this has {len(value.strip())}",
        (field,),
    )


def step_fault(status: ClueStatus, allowed: set[ClueStatus]) -> Fault | None:
    """Whether a step may be taken from a state."""
    if status in allowed:
        return None
    names = "、".join(sorted(allowed))
    return Fault(
        ClueErrorCode.WRONG_STATE,
        f"当前状态为 {status}，此操作只适用于 {names}",
        f"The clue is {status}; this step is for {names}",
        ("id",),
    )


def conclusion_faults(
    outcome: ClueOutcome, conduct: ViolationType | None, text: str
) -> list[Fault]:
    """What is wrong with a conclusion: the conduct goes with what was found true, and only so."""
    faults = [text_fault("text", text, 5, 2_000)]
    if outcome in FOUND_TRUE and conduct is None:
        faults.append(
            Fault(
                ClueErrorCode.CONDUCT_MISSING,
                "查证属实的结论须写明查实的违规行为",
                "What was found true names the conduct that was found",
                ("conduct",),
            )
        )
    if outcome not in FOUND_TRUE and conduct is not None:
        faults.append(
            Fault(
                ClueErrorCode.CONDUCT_UNWANTED,
                "未查实或虚假的举报没有违规行为，请留空",
                "Nothing was found, so leave the conduct out",
                ("conduct",),
            )
        )
    return [fault for fault in faults if fault]


def proposal_fault(status: ConclusionStatus) -> Fault | None:
    """Whether a conclusion still waits for a decision."""
    if status is ConclusionStatus.PROPOSED:
        return None
    return Fault(
        ClueErrorCode.WRONG_STATE,
        "该结论已签署、退回或被新的结论替换，请查看最新结论",
        "The conclusion was signed, returned or replaced; look at the newest",
        ("conclusionId",),
    )


def signer_fault(signer: UUID, proposer: UUID) -> Fault | None:
    """Who proposed does not sign (domain §11: signed by a person, drafted by another)."""
    if signer != proposer:
        return None
    return Fault(
        ClueErrorCode.SAME_HAND,
        "拟定结论的人不得签署该结论",
        "Who proposed the conclusion may not sign it",
        ("conclusionId",),
    )
