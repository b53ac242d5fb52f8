"""The money story: a reward, a lesson, a refund and a ladder, with an accident in each part."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import httpx2 as httpx

from infra.database.engine import dispose
from infra.gateways import trust
from infra.ids import encode_id
from services.clues.intake import Receipt
from services.funds.service.lessons import RequestLesson, request_lesson
from services.funds.service.receiving import RecordPayment, record_payment
from services.funds.service.refunds import RequestRefund, request_refund
from services.ledger.models import AccountKind
from services.ledger.service import open_account
from services.rewards.models import Reward
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock
from tests.harness.cluster import TEMPLATE
from tests.harness.county import County, open_supervisor
from tests.scenarios.kill.officers import until_answered
from tests.scenarios.kill.rows import left_by, rows
from tests.scenarios.kill.stack import Stack, wait_for
from tests.services.funds.funding import BEFORE, CUSTODY_NO, TERMS, open_custody, open_seller, sign
from tests.services.payments.paying import OURS
from tests.services.rewards.desk import Desk, open_budget

START = "2026-03-02 10:00"
"""Everything is asked for on this day."""
PAST = "2026-04-20 10:00"
"""By now all silences have lasted long enough, and the ladder of the clue has ended."""

PATIENCE_S = 120.0
_LOOK_S = 0.1
BUDGET_FEN = 50_000_000
REWARD_FEN = 20_000
LESSON_FEN = TERMS.unit_price_fen
REFUND_FEN = 10_000

BANK_POINTS = {"bank_before": "STALL", "bank_executed": "HOLD"}
"""Points inside the bank and the fault of the simulator that holds a call there."""

Reported = tuple[UUID, Receipt]
Left = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Accident:
    """At this point, `victim` is killed."""

    point: str
    victim: str


@dataclass(frozen=True)
class Told:
    """What a run made: ids, and the words that no other run has."""

    reward: Reward
    receipt: Receipt
    contract: UUID
    lesson: UUID
    refund: UUID
    alone: UUID
    words: tuple[str, ...]


class MoneyStory:
    """A deployment with a reward budget, an institution in custody and a bank that keeps both."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.bank_url = f"http://127.0.0.1:{stack.bank_port}"
        self.runs = 0
        assert stack.county is not None
        self.county: County = stack.county
        for name in ("bank", "web"):
            stack.begin(name)
        stack.wait_for("bank")
        for account, name, fen in ((OURS, "举报奖金专户", BUDGET_FEN), (CUSTODY_NO, "托管户", 0)):
            self._tell_bank("accounts", {"account": account, "name": name, "balance_fen": fen})
        self._do(self._furnish)
        self._settle()
        self._do(self._put_off_checks)
        stack.wait_for("web")

    # --- one run ---------------------------------------------------------------------------

    def play(
        self,
        notice: Accident | None = None,
        payment: Accident | None = None,
        silence: Accident | None = None,
    ) -> tuple[Told, Left]:
        """The whole story from the first day to long after; what it left in the database."""
        before = rows(self.stack)
        self._clock(START)
        reported = self._do(self._report)
        # Whoever is told of a report is read when it is told: nobody is assigned before that.
        self._settle()
        told: Told = self._do(lambda admin: self._begin(admin, *reported))
        self._settle()
        keys = secrets.token_urlsafe(24), secrets.token_urlsafe(24)

        approve = self._mutation("leader", "rewardApprove", told.reward, keys[0])
        self._meet(notice, approve, "APPROVED")
        told = replace(told, reward=self._do(lambda admin: self._verify(admin, told)))
        pay = self._mutation("second_officer", "rewardPay", told.reward, keys[1])
        self._meet(payment, pay, "CLAIMED")
        self._meet(silence, lambda: self._clock(PAST), None)
        told = replace(told, words=(*told.words, *keys))
        return told, left_by(before, rows(self.stack, told.words))

    def _meet(self, accident: Accident | None, act: Callable[[], Any], status: str | None) -> None:
        """Let something begin, kill the victim at the point, start it again, wait for the end."""
        if accident is None:
            answer = act()
        else:
            reached = self._arm(accident.point)
            with ThreadPoolExecutor(1) as others:
                begun: Future[Any] = others.submit(act)
                if status is None:
                    begun.result()
                try:
                    wait_for(reached, PATIENCE_S)
                    self.stack.kill(accident.victim)
                    self.stack.revive(accident.victim)
                finally:
                    self._disarm(accident.point)
                answer = begun.result()
        if status is not None:
            assert answer["userErrors"] == []
            # A key that is sent again is answered with the reward as it is by then.
            assert answer["reward"]["status"] in (status, *_LATER[status])
        self._settle()

    def _arm(self, point: str) -> Callable[[], bool]:
        """Hold whoever comes to the point next; the answer says whether somebody has."""
        if point not in BANK_POINTS:
            self.stack.arm(point)
            return lambda: self.stack.held(point)
        known = self._held_at_bank()
        self._tell_bank("faults", {"kind": BANK_POINTS[point]})
        return lambda: self._held_at_bank() > known

    def _disarm(self, point: str) -> None:
        self.stack.disarm()
        if point in BANK_POINTS:
            httpx.delete(f"{self.bank_url}/faults", verify=trust()).raise_for_status()

    def _held_at_bank(self) -> int:
        answer = httpx.get(f"{self.bank_url}/faults", verify=trust())
        return int(answer.raise_for_status().json()["held"])

    def _tell_bank(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.bank_url}/{path}", json=body, verify=trust())
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    def _mutation(self, who: str, name: str, reward: Reward, key: str) -> Callable[[], Any]:
        given = {
            "id": encode_id("Reward", self.county.number, reward.id),
            "expectedVersion": reward.version,
            "idempotencyKey": key,
        }
        with self.stack.cluster.environment(TEMPLATE):
            token = self.county.token(who)
        return lambda: until_answered(self.stack, token, name, given, PATIENCE_S)

    def _settle(self) -> None:
        """Wait until no event is unnumbered or undelivered, and no step of a deadline is due."""

        async def wait(admin: asyncpg.Connection) -> None:
            async with asyncio.timeout(PATIENCE_S):
                # What is waited for happens in other processes; the rows are what both can see.
                while await admin.fetchval(_LEFT):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_S)

        self._do(wait)

    def at_bank(self, account_no: str) -> int:
        """What an account holds by the bank's books, in fen."""
        answer = httpx.get(f"{self.bank_url}/accounts", verify=trust()).raise_for_status()
        return int(answer.json()["balances"][account_no])

    # --- what people do --------------------------------------------------------------------

    def _do(self, work: Callable[[asyncpg.Connection], Coroutine[Any, Any, Any]]) -> Any:
        """Work as the web process does it, with a look from outside."""

        async def run() -> Any:
            async with self.stack.cluster.admin(TEMPLATE) as admin:
                made = await work(admin)
            await dispose()
            return made

        with self.stack.cluster.environment(TEMPLATE):
            return asyncio.run(run())

    def _clock(self, moment: str) -> None:
        self._do(lambda admin: set_clock(admin, moment))

    async def _furnish(self, admin: asyncpg.Connection) -> None:
        await set_clock(admin, BEFORE)
        await open_supervisor()
        await open_budget(self.county, BUDGET_FEN)
        async with unit_of_work(self.county.scope, "test.open") as session:
            # Otherwise the first approval would leave one row more than all others.
            await open_account(session, "reward:2026:payee", AccountKind.PAYEE)
        self.institution = await open_seller(self.county)
        await open_custody(self.county, self.institution)

    async def _put_off_checks(self, admin: asyncpg.Connection) -> None:
        """Standing checks are other stories, and would fall into some runs by the host's clock."""
        await admin.execute("UPDATE reconciliation_due SET due_at = '2099-01-01'")
        await admin.execute("UPDATE ledger_state SET check_due_at = '2099-01-01'")

    async def _report(self, admin: asyncpg.Connection) -> tuple[Reported, Reported]:
        """A clue that will be found true, and one that is left alone."""
        desk = Desk(self.county, admin, None, None)  # type: ignore[arg-type] - other processes
        return await desk.reported(), await desk.reported(phone=None)

    async def _begin(self, admin: asyncpg.Connection, first: Reported, second: Reported) -> Told:
        """The first day: a proposal, a paid contract, a lesson and a refund."""
        self.runs += 1
        desk = Desk(self.county, admin, None, None)  # type: ignore[arg-type]
        (clue, receipt), (alone, other) = first, second
        await desk.substantiated(clue)
        reward = await desk.propose(clue, REWARD_FEN)
        contract = await sign(self.county, self.institution, child=f"G6105262015{self.runs:07d}")
        paid = {"account": CUSTODY_NO, "amount_fen": TERMS.total_fen, "counterparty": "某家长"}
        serial = self._tell_bank("receipts", paid | {"reference": str(contract)})["serial"]
        booked = RecordPayment(contract, serial, TERMS.total_fen, date(2026, 3, 2))
        await desk.act("fund_supervisor", booked, of=record_payment)
        asked = RequestLesson(contract, 1, TERMS.start_on)
        lesson = (await desk.act("operator", asked, of=request_lesson)).id
        back = RequestRefund(contract, "孩子转学", REFUND_FEN)
        refund = (await desk.act("guardian", back, of=request_refund)).id
        shorts = [row_id.hex[-8:].upper() for row_id in (contract, lesson, refund)]
        words = (receipt.ticket_no, other.ticket_no, serial, *shorts)
        return Told(reward, receipt, contract, lesson, refund, alone, words)

    async def _verify(self, admin: asyncpg.Connection, told: Told) -> Reward:
        """The reporter was told, and comes with receipt and card."""
        desk = Desk(self.county, admin, None, None)  # type: ignore[arg-type]
        noticed = await desk.now(told.reward)
        assert (noticed.status, noticed.notice_proof) == ("NOTIFIED", "SMS_DELIVERED")
        return await desk.verify(noticed, told.receipt)


_LATER = {"APPROVED": ("NOTIFIED",), "CLAIMED": ("PAID",)}

_LEFT = """
SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM event WHERE seq IS NULL)
  + (SELECT count(*) FROM deadline_alarm WHERE fires_at <= now() + (SELECT shift FROM clock_shift))
"""
