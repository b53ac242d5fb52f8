"""Rules of the register: what an entry must look like."""

import unicodedata

from infra.errors import Fault
from infra.identifiers import uscc_fault
from infra.text import text_fault
from services.institutions.errors import InstitutionErrorCode


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
