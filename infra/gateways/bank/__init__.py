"""The bank: the protocol and the HTTP client; `python -m infra.gateways.bank` is one to try on."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import httpx2 as httpx

from infra.gateways import trust
from infra.settings import settings

_ANSWER_S = 10.0
_REFUSALS = (400, 422)
_CLASH = 409


class BankState(StrEnum):
    """What the bank knows of an instruction of ours.

    ABSENT: it never heard of it. PENDING: taken, not executed. DONE: paid. REFUSED: never paid.
    """

    ABSENT = "ABSENT"
    PENDING = "PENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class BankStatus:
    """A state, with the bank's serial number when DONE and its code when REFUSED."""

    state: BankState
    serial: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class PaymentOrder:
    """What the bank is to do, under our id; the payee stays out of every text made of it."""

    instruction_id: UUID
    from_account_no: str
    to_account_no: str = field(repr=False)
    to_name: str = field(repr=False)
    amount_fen: int
    purpose: str


class BankUnanswered(Exception):
    """No answer, or none that says anything: the bank may have executed the instruction."""


class BankClash(Exception):
    """The bank knows our id with another content, or forgot what it took; a person must look."""


class BankGateway(Protocol):
    """Pays by our id; the same id twice is one payment, with other content a BankClash."""

    async def instruct(self, order: PaymentOrder) -> BankStatus: ...

    async def query(self, instruction_id: UUID) -> BankStatus: ...

    async def statement(self, account_no: str, day: date) -> str: ...


@dataclass(frozen=True)
class HttpBankGateway:
    """A bank behind HTTP. Every failure to get an answer raises BankUnanswered."""

    base_url: str

    async def instruct(self, order: PaymentOrder) -> BankStatus:
        """Hand an instruction over. Raises BankUnanswered, BankClash."""
        body = {
            "id": str(order.instruction_id),
            "from_account": order.from_account_no,
            "to_account": order.to_account_no,
            "to_name": order.to_name,
            "amount_fen": order.amount_fen,
            "purpose": order.purpose,
        }
        answer = await self._call("POST", "/instructions", json=body)
        if answer.status_code in _REFUSALS:
            # It could not read the message, so it did nothing and never will.
            return BankStatus(BankState.REFUSED, code=f"HTTP_{answer.status_code}")
        if answer.status_code == _CLASH:
            raise BankClash(str(order.instruction_id))
        return _status(answer)

    async def query(self, instruction_id: UUID) -> BankStatus:
        """What became of an instruction. Raises BankUnanswered."""
        return _status(await self._call("GET", f"/instructions/{instruction_id}"))

    async def statement(self, account_no: str, day: date) -> str:
        """The statement (CSV) of an account's day. Raises BankUnanswered."""
        answer = await self._call("GET", f"/statements/{account_no}/{day.isoformat()}")
        if answer.status_code != 200:
            raise BankUnanswered(str(answer.status_code))
        return answer.text

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            async with httpx.AsyncClient(
                base_url=self.base_url, timeout=_ANSWER_S, verify=trust()
            ) as client:
                return await client.request(method, path, **options)
        except httpx.HTTPError as error:
            # Its class alone: addresses and bodies stay out of logs.
            raise BankUnanswered(type(error).__name__) from None


def _status(answer: httpx.Response) -> BankStatus:
    try:
        answer.raise_for_status()
        told = answer.json()
        status = BankStatus(BankState(told["state"]), told.get("serial"), told.get("code"))
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError):
        raise BankUnanswered(str(answer.status_code)) from None
    if (status.state is BankState.DONE) != bool(status.serial):
        raise BankUnanswered("DONE comes with a serial number, and only DONE")
    if (status.state is BankState.REFUSED) != bool(status.code):
        raise BankUnanswered("REFUSED comes with a code, and only REFUSED")
    return status


def gateway() -> BankGateway:
    """The configured bank. Raises RuntimeError when none is."""
    url = settings().bank_url
    if url is None:
        raise RuntimeError("WANGGE_BANK_URL is not set")
    return HttpBankGateway(url)
