"""Rules of prepaid fees: what a contract may be, when money may come, what is left. Pure."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from infra.errors import ErrorCode, Fault
from infra.money import MOST_FEN, yuan
from infra.text import text_fault
from services.funds.errors import ContractErrorCode
from services.funds.models import ContractStatus, CustodyStatus, UnclaimedReason
from services.institutions.models import AnnualResult, InstitutionCategory

_ACCOUNT = re.compile(r"[0-9]{8,32}")
_CHILD = re.compile(r"[0-9A-Z]{8,32}")
_SERIAL = re.compile(r"[0-9A-Za-z-]{4,40}")

_PREPAID = "教监管函〔2021〕2号"
_THIRTEEN = "十三部门关于规范非学科类校外培训的意见"


@dataclass(frozen=True)
class Terms:
    """What a contract says: hours, prices in fen, days."""

    category: InstitutionCategory
    hours: int
    gift_hours: int
    unit_price_fen: int
    total_fen: int
    start_on: date
    ends_on: date


@dataclass(frozen=True)
class Limits:
    """The tenant's bounds on the day; `max_fen` None: no bound for that category."""

    max_months: int
    max_hours: int
    max_fen: int | None
    months_before: int


@dataclass(frozen=True)
class Seller:
    """What R9 asks of an institution."""

    category: InstitutionCategory
    is_licensed: bool
    is_white: bool
    is_black: bool
    annual: AnnualResult | None


def months_from(day: date, months: int) -> date:
    """The corresponding day so many months later or earlier, or its month's last (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def child_code(written: str) -> str | None:
    """A child's school-register or identity number in one spelling; None for anything else."""
    half = unicodedata.normalize("NFKC", written).strip().upper()
    return half if _CHILD.fullmatch(half) else None


def short(row_id: UUID) -> str:
    """How messages name a row: the end of its id, nothing a person could be known by."""
    return row_id.hex[-8:].upper()


def account_fault(code: ErrorCode, field: str, account_no: str) -> Fault | None:
    """What is wrong with an account number: 8 to 32 digits."""
    if _ACCOUNT.fullmatch(account_no):
        return None
    return Fault(
        code,
        "账号应为 8 至 32 位数字，且无空格",
        "An account number has 8 to 32 digits and no spaces",
        (field,),
    )


def serial_faults(serial: str) -> list[Fault]:
    """What is wrong with a bank's serial number."""
    if _SERIAL.fullmatch(serial):
        return []
    return [
        Fault(
            ContractErrorCode.SERIAL_INVALID,
            "流水号应为 4 至 40 位字母、数字或连字符",
            "A serial number has 4 to 40 letters, digits and hyphens",
            ("bank_serial",),
        )
    ]


def form_faults(course: str, child_ref: str, terms: Terms, today: date) -> list[Fault]:
    """What makes terms no contract at all, whatever the bounds are."""
    found = [text_fault("course", course, 2, 100, "课程名称", "The course")]
    if child_code(child_ref) is None:
        found.append(
            Fault(
                ContractErrorCode.CHILD_REF_INVALID,
                "请填写学籍号或证件号，8 至 32 位字母或数字，不要填写姓名",
                "Give the school-register or identity number, 8 to 32 characters, no name",
                ("child_ref",),
            )
        )
    if terms.hours < 1:
        found.append(
            Fault(
                ContractErrorCode.HOURS_INVALID, "课时数至少为 1", "At least one hour", ("hours",)
            )
        )
    for field, fen in (("unit_price", terms.unit_price_fen), ("total", terms.total_fen)):
        if not 0 < fen <= MOST_FEN:
            found.append(
                Fault(
                    ContractErrorCode.AMOUNT_INVALID,
                    "金额应大于零且不超过上限",
                    "The amount must be above zero and within bounds",
                    (field,),
                )
            )
    if terms.total_fen != terms.hours * terms.unit_price_fen:
        due = yuan(terms.hours * terms.unit_price_fen)
        found.append(
            Fault(
                ContractErrorCode.TOTAL_DIFFERS,
                f"总价应等于课时数乘以课时单价，即 {due} 元；赠课不计价",
                f"The total is hours times the price of an hour, {due} yuan; gifts are worth 0",
                ("total",),
            )
        )
    if terms.ends_on < terms.start_on or terms.ends_on < today:
        found.append(
            Fault(
                ContractErrorCode.DATES_INVALID,
                "结束日期不能早于开课日期，也不能早于今天",
                "It ends on or after the day it starts, and not before today",
                ("ends_on",),
            )
        )
    return [fault for fault in found if fault]


def bound_faults(terms: Terms, limits: Limits, remaining_hours: int) -> list[Fault]:
    """R1 and R2; `remaining_hours`: of the child's other contracts for the same subject there."""
    found = []
    if terms.ends_on > (last_on := months_from(terms.start_on, limits.max_months)):
        found.append(
            Fault(
                ContractErrorCode.SPAN_TOO_LONG,
                f"一次性收费的时间跨度不得超过 {limits.max_months} 个月，"
                f"最迟结束于 {last_on}（{_PREPAID}）",
                f"Fees cover at most {limits.max_months} months, here up to {last_on} (R1)",
                ("ends_on",),
            )
        )
    if not 0 <= terms.gift_hours <= limits.max_hours:
        found.append(
            Fault(
                ContractErrorCode.GIFT_HOURS_INVALID,
                f"赠课数应为 0 至 {limits.max_hours}",
                f"Gift hours are 0 to {limits.max_hours}",
                ("gift_hours",),
            )
        )
    hours = terms.hours + max(terms.gift_hours, 0) + remaining_hours
    if hours > limits.max_hours:
        found.append(
            Fault(
                ContractErrorCode.HOURS_TOO_MANY,
                f"连同赠课和同一科目尚未消课的 {remaining_hours} 课时共 {hours} 课时，"
                f"一次性收费不得超过 {limits.max_hours} 课时（{_PREPAID}）",
                f"With gifts and {remaining_hours} hours left of this subject it is {hours};"
                f" fees cover at most {limits.max_hours} hours (R1)",
                ("hours",),
            )
        )
    if limits.max_fen is not None and terms.total_fen > limits.max_fen:
        found.append(
            Fault(
                ContractErrorCode.AMOUNT_TOO_HIGH,
                f"一次性收费不得超过 {yuan(limits.max_fen)} 元（{_THIRTEEN}）",
                f"Fees are at most {yuan(limits.max_fen)} yuan at once (R2)",
                ("total",),
            )
        )
    return found


def earliest_on(start_on: date, limits: Limits) -> date:
    """R3: the first day on which fees of a course may be collected."""
    return months_from(start_on, -limits.months_before)


def early_faults(terms: Terms, limits: Limits, today: date) -> list[Fault]:
    """R3 at signing."""
    first_on = earliest_on(terms.start_on, limits)
    if today >= first_on:
        return []
    return [
        Fault(
            ContractErrorCode.TOO_EARLY,
            f"不得早于新课开始前 {limits.months_before} 个月收费，"
            f"最早为 {first_on}（预收费监管规定）",
            f"No fees earlier than {limits.months_before} months before it starts: {first_on} (R3)",
            ("start_on",),
        )
    ]


def seller_faults(seller: Seller, category: InstitutionCategory) -> list[Fault]:
    """R9, and that subjects are taught by subject institutions alone; each has its own code."""
    checks = (
        (
            seller.is_licensed,
            ContractErrorCode.NOT_LICENSED,
            "机构未在营或没有有效的办学许可证，不得收费（R9 办学许可）",
            "The institution has no licence that runs (R9)",
        ),
        (
            seller.is_white,
            ContractErrorCode.NOT_WHITE_LISTED,
            "机构不在白名单，不得收费（R9 白名单）",
            "The institution is not on the white list (R9)",
        ),
        (
            not seller.is_black,
            ContractErrorCode.BLACK_LISTED,
            "机构已列入黑名单，不得收费（R9 黑名单）",
            "The institution is on the black list (R9)",
        ),
        (
            seller.annual is not AnnualResult.UNQUALIFIED,
            ContractErrorCode.UNQUALIFIED,
            "机构最近一次年检不合格，不得收费（R9 年检）",
            "The institution's last annual inspection was unqualified (R9)",
        ),
    )
    found = [Fault(c, zh, en, ("institution_id",)) for fine, c, zh, en in checks if not fine]
    subject = InstitutionCategory.SUBJECT
    if category is subject and seller.category is not subject:
        found.append(
            Fault(
                ContractErrorCode.CATEGORY_UNFIT,
                "非学科类机构不得开展学科类培训",
                "A non-subject institution teaches no school subjects",
                ("category",),
            )
        )
    return found


def unclaimed(
    *,
    contract: ContractStatus,
    account: CustodyStatus,
    is_its_account: bool,
    amount_fen: int,
    left_fen: int,
    paid_on: date,
    first_on: date,
) -> UnclaimedReason | None:
    """Why a payment is not booked on the contract that it names; None when it is."""
    if contract is ContractStatus.DRAFT:
        return UnclaimedReason.NOT_SIGNED
    if not is_its_account:
        return UnclaimedReason.OTHER_ACCOUNT
    if account is not CustodyStatus.ACTIVE:
        return UnclaimedReason.ACCOUNT_NOT_ACTIVE
    if paid_on < first_on:
        return UnclaimedReason.TOO_EARLY
    return UnclaimedReason.ABOVE_TOTAL if amount_fen > left_fen else None
