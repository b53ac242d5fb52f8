"""Rules of the register: what an entry must look like."""

import re
import unicodedata
from datetime import date

from infra.errors import Fault
from infra.identifiers import uscc_fault
from infra.text import text_fault
from services.institutions.errors import InstitutionErrorCode, ListErrorCode
from services.institutions.models import (
    InstitutionStatus,
    ListKind,
    ListReason,
)

_LICENCE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff〔〕()（）-]{4,40}")
_FIRST_YEAR = 2000


def uscc_faults(uscc: str) -> list[Fault]:
    """What is wrong with a unified social credit code (GB 32100-2015)."""
    half = unicodedata.normalize("NFKC", uscc).strip().upper()
    if half != uscc and uscc_fault(half) is None:
        return [
            Fault(
                InstitutionErrorCode.USCC_INVALID,
                f"统一社会信用代码须用半角大写字符且无空格，应写作 {half}",
                f"The USCC takes half-width capitals and no spaces; write {half}",
                ("uscc",),
            )
        ]
    wrong = uscc_fault(uscc)
    return (
        [Fault(InstitutionErrorCode.USCC_INVALID, wrong.zh, wrong.en, ("uscc",))] if wrong else []
    )


def name_faults(name: str) -> list[Fault]:
    """What is wrong with a name: 2 to 100 visible characters."""
    fault = text_fault("name", name, 2, 100, "机构名称", "The institution's name")
    return [fault] if fault else []


def address_faults(address: str | None) -> list[Fault]:
    """What is wrong with an address: absent, or 2 to 200 visible characters."""
    if address is None:
        return []
    fault = text_fault("address", address, 2, 200, "地址", "The address")
    return [fault] if fault else []


def reason_faults(reason: str) -> list[Fault]:
    """What is wrong with the reason of a closure: 2 to 500 visible characters."""
    fault = text_fault("reason", reason, 2, 500, "关停原因", "The reason")
    return [fault] if fault else []


def licence_faults(licence_no: str, licensed_until: date, today: date) -> list[Fault]:
    """What is wrong with a teaching licence: its number, its last day."""
    faults = []
    if not _LICENCE.fullmatch(licence_no):
        faults.append(
            Fault(
                InstitutionErrorCode.LICENCE_INVALID,
                "办学许可证号应为 4 至 40 位数字、字母、汉字或连字符，且无空格",
                "A licence number has 4 to 40 digits, letters, Chinese characters or hyphens",
                ("licenceNo",),
            )
        )
    if licensed_until < today:
        faults.append(
            Fault(
                InstitutionErrorCode.LICENCE_ENDED,
                f"许可证有效期至 {licensed_until}，已过期",
                f"The licence ended on {licensed_until}",
                ("licensedUntil",),
            )
        )
    return faults


def is_licensed(
    status: InstitutionStatus, licence_no: str | None, licensed_until: date | None, on: date
) -> bool:
    """Whether an institution may teach on a day (R9): active, with a licence that still runs."""
    return (
        status == InstitutionStatus.ACTIVE
        and licence_no is not None
        and licensed_until is not None
        and on <= licensed_until
    )


def year_faults(year: int, this_year: int) -> list[Fault]:
    """What is wrong with the year of an annual inspection."""
    if _FIRST_YEAR <= year <= this_year:
        return []
    return [
        Fault(
            InstitutionErrorCode.YEAR_UNFIT,
            f"年度应为 {_FIRST_YEAR} 至 {this_year}",
            f"Give a year from {_FIRST_YEAR} to {this_year}",
            ("year",),
        )
    ]


def reason_fits(kind: ListKind, reason: ListReason) -> Fault | None:
    """A white entry is for compliance, a black one never."""
    if (kind is ListKind.WHITE) == (reason is ListReason.COMPLIANT):
        return None
    return Fault(
        ListErrorCode.REASON_UNFIT,
        "白名单的理由只能是规范办学，黑名单须写明违规情形",
        "A white entry is for compliance, a black one names the violation",
        ("reason",),
    )


def document_faults(field: str, document: str) -> list[Fault]:
    """What is wrong with the document or ground that a decision rests on: 2 to 200 characters."""
    fault = text_fault(field, document, 2, 200, "依据", "The basis")
    return [fault] if fault else []
