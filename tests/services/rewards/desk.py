"""The reward desk of a county: a clue found true, and every step by the person who takes it."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from infra.errors import DomainError
from infra.gateways.bank.simulator import Bank
from infra.money import Fen
from services.clues.conclusions import (
    AssignClue,
    ConcludeClue,
    ProposeConclusion,
    assign_clue,
    conclude_clue,
    propose_conclusion,
)
from services.clues.intake import Receipt, ReportClue, report_clue
from services.clues.models import ClueChannel, ClueOutcome, ClueStatus
from services.clues.service import TriageClue, triage_clue
from services.problems.models import ViolationType
from services.rewards import budgets, claiming, service
from services.rewards.models import Reward
from services.rewards.policies import SCHEME
from tenants import policies
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock
from tests.harness.county import County
from tests.services.notifications.test_sending import Books
from tests.services.payments.paying import OURS

PHONE = "13800138000"
IDENTITY = "11010519491231002X"
"""The example of GB 11643."""
PAYEE = "6217000000000001"


@dataclass
class Desk:
    """A county with scheme and budget, and what its officers do."""

    county: County
    admin: asyncpg.Connection
    bank: Bank
    books: Books

    async def act(self, who: str, command: Any, *, of: Any) -> Any:
        """One command by one person. Raises what the service raises."""
        principal = await self.county.principal(who)
        async with unit_of_work(principal.scope, "test.act") as session:
            return await of(session, principal, command)

    async def codes(self, who: str, command: Any, *, of: Any) -> list[str]:
        """The codes of a refusal; empty when it was done."""
        try:
            await self.act(who, command, of=of)
        except DomainError as refused:
            return [fault.code.value for fault in refused.faults]
        return []

    async def reported(
        self, phone: str | None = PHONE, channel: ClueChannel = ClueChannel.WEB
    ) -> tuple[UUID, Receipt]:
        """A report's id and the reporter's receipt."""
        command = ReportClue(
            secrets.token_urlsafe(24),
            channel,
            ViolationType.NON_SUBJECT_DOING_SUBJECT,
            "某艺术培训中心",
            "周末在二楼教室开设数学班，约有二十名学生上课。",
            phone=phone,
        )
        async with unit_of_work(Scope.public(self.county.number), "clue.report") as session:
            receipt = await report_clue(session, command)
        clue: UUID = await self.admin.fetchval(
            "SELECT id FROM clue WHERE ticket_no = $1", receipt.ticket_no
        )
        return clue, receipt

    async def accepted(self, clue: UUID) -> None:
        """Triage and assignment."""
        await self.act("clue_officer", TriageClue(clue, ClueStatus.ACCEPTED), of=triage_clue)
        post = self.county.posts["officer1"]
        await self.act("clue_officer", AssignClue(clue, post), of=assign_clue)

    async def substantiated(
        self,
        clue: UUID,
        institution: UUID | None = None,
        outcome: ClueOutcome = ClueOutcome.SUBSTANTIATED,
    ) -> None:
        """From acceptance to a leader's signature."""
        await self.accepted(clue)
        conduct = None
        if outcome in (ClueOutcome.SUBSTANTIATED, ClueOutcome.PARTIALLY):
            conduct = ViolationType.NON_SUBJECT_DOING_SUBJECT
        proposal = ProposeConclusion(
            clue, outcome, "现场核查发现违规开设学科类培训班。", conduct, institution
        )
        await self.act("clue_officer", proposal, of=propose_conclusion)
        conclusion = await self.admin.fetchval(
            "SELECT id FROM clue_conclusion WHERE clue_id = $1 AND status = 'PROPOSED'", clue
        )
        await self.act("leader", ConcludeClue(conclusion), of=conclude_clue)

    async def propose(self, clue: UUID, fen: int = 100_000, who: str = "clue_officer") -> Reward:
        """A proposal."""
        command = service.ProposeReward(clue, Fen(fen), "线索具体、查证属实。")
        reward: Reward = await self.act(who, command, of=service.propose_reward)
        return reward

    async def propose_codes(self, clue: UUID, fen: int = 100_000) -> list[str]:
        """Why a proposal is refused."""
        command = service.ProposeReward(clue, Fen(fen), "线索具体、查证属实。")
        return await self.codes("clue_officer", command, of=service.propose_reward)

    async def now(self, reward: Reward) -> Reward:
        """The reward as it is now."""
        async with unit_of_work(self.county.scope, "test.look") as session:
            return await session.get_one(Reward, (reward.tenant_id, reward.id))

    async def approve(self, reward: Reward, who: str = "leader") -> Reward:
        """An approval."""
        command = service.DecideReward(reward.id, reward.version)
        approved: Reward = await self.act(who, command, of=service.approve_reward)
        return approved

    def verification(self, reward: Reward, receipt: Receipt, **other: Any) -> Any:
        """What the first officer types in."""
        given: dict[str, Any] = {
            "reward_id": reward.id,
            "expected_version": reward.version,
            "ticket_no": receipt.ticket_no,
            "secret": receipt.secret,
            "payee_name": "某某人",
            "identity_no": IDENTITY,
            "payee_account_no": PAYEE,
        }
        return claiming.VerifyReward(**given | other)

    async def verify(self, reward: Reward, receipt: Receipt, who: str = "finance") -> Reward:
        """The first officer."""
        command = self.verification(reward, receipt)
        verified: Reward = await self.act(who, command, of=claiming.verify_reward)
        return verified

    async def pay(self, reward: Reward, who: str = "second_officer") -> Reward:
        """The second officer."""
        command = claiming.PayReward(reward.id, reward.version)
        paid: Reward = await self.act(who, command, of=claiming.pay_reward)
        return paid

    async def balances(self) -> dict[str, int]:
        """Ledger balances on their normal side, what is set aside to go taken off."""
        rows = await self.admin.fetch(
            "SELECT code, normal_side, posted_debit_fen - posted_credit_fen AS net,"
            " pending_debit_fen, pending_credit_fen FROM ledger_account"
        )
        return {
            row["code"].rsplit(":", 1)[-1]: row["net"] - row["pending_credit_fen"]
            if row["normal_side"] == "DEBIT"
            else -row["net"] - row["pending_debit_fen"]
            for row in rows
        }


async def open_desk(county: County, admin: asyncpg.Connection, bank: Bank, books: Books) -> Desk:
    """Scheme (200–2000 yuan) and a budget of 5,000 yuan for 2026."""
    await set_clock(admin, "2026-03-02 10:00")
    await open_budget(county, 500_000)
    return Desk(county, admin, bank, books)


async def open_budget(county: County, total_fen: int) -> None:
    """Scheme and budget of 2026."""
    async with unit_of_work(county.scope, "test.scheme") as session:
        await policies.set_value(
            session,
            SCHEME,
            {"min_fen": 20_000, "max_fen": 200_000},
            date(2026, 1, 1),
            "本县有奖举报办法",
            date(2026, 12, 31),
        )
    leader = await county.principal("leader")
    budget = budgets.OpenBudget(2026, Fen(total_fen), "财教〔2026〕1号", OURS, "CCB")
    async with unit_of_work(leader.scope, "test.budget") as session:
        await budgets.open_budget(session, leader, budget)
