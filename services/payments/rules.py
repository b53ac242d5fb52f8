"""Rules of payments: what an account is, when the bank is asked again, how a state follows."""

import re
from datetime import datetime, time, timedelta
from uuid import UUID

from infra.clock import SHANGHAI
from services.payments.models import PaymentState

FINAL = frozenset({PaymentState.DONE, PaymentState.REFUSED})
"""States that no answer of the bank changes any more."""

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 600.0

_ACCOUNT = re.compile(r"[0-9]{8,32}")
_CODE = re.compile(r"[a-z][a-z0-9_.]{1,39}")
_ID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])"
)


def is_account_no(text: str) -> bool:
    """Whether it is an account or card number: 8 to 32 ASCII digits, no spaces."""
    return _ACCOUNT.fullmatch(text) is not None


def is_ref_kind(text: str) -> bool:
    """Whether it is a code for what is paid, such as `reward` or `contract.refund`."""
    return _CODE.fullmatch(text) is not None


def tail(account_no: str) -> str:
    """What people may see of a payee's account: its last four digits."""
    return account_no[-4:]


def pause_s(inquiries: int) -> float:
    """Seconds until the bank is asked again: 1, 2, 4 … up to ten minutes, as often as it takes."""
    return float(min(_FIRST_PAUSE_S * 2 ** min(inquiries, 16), _LONGEST_PAUSE_S))


def referenced(reference: str) -> UUID | None:
    """The one id of ours in a bank's reference, with or without hyphens; None for none or two."""
    found = {UUID(match) for match in _ID.findall(reference.lower())}
    return found.pop() if len(found) == 1 else None


def masked(counterparty: str) -> str:
    """A counterparty that nobody can be known by: a number's end, or a name's first character.

    A reporter's name stands in the statement of the account that rewards are paid from.
    """
    digits = re.sub(r"\D", "", counterparty)
    if len(digits) >= 8:
        return f"****{digits[-4:]}"
    return f"{counterparty[0]}**" if counterparty else ""


def next_due(now: datetime, hour: int) -> datetime:
    """The next instant at which it is `hour` in legal time, later than `now`."""
    local = now.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), time(hour), SHANGHAI)
    return due if due > now else due + timedelta(days=1)
