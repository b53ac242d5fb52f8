"""Rewards at every step for the two worlds, and valid input for their mutations."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from infra.ids import encode_id, new_undatable_id
from infra.money import Fen
from services.clues.models import Clue, ClueConclusion, ClueOutcome, ClueStatus, ConclusionStatus
from services.problems.models import ViolationType
from services.rewards.budgets import OpenBudget, open_budget
from services.rewards.claiming import VerifyReward, verify_reward
from services.rewards.models import Reward
from services.rewards.policies import SCHEME
from services.rewards.service import (
    DecideReward,
    ProposeReward,
    RecordNotice,
    approve_reward,
    propose_reward,
    record_notice,
)
from tenants import policies
from tenants.session import unit_of_work
from tests.harness.county import County

IDENTITY = "11010519491231002X"
PAYEE = "6217000000000001"
STEPS = ("Reward", "RewardApproved", "RewardNotified", "RewardVerified")


async def furnish_rewards(
    county: County, admin: asyncpg.Connection, clues: list[tuple[dict[str, str], UUID]]
) -> dict[str, str]:
    """A reward proposed, approved, notified and verified, and a clue that waits for one.

    `clues` are five receipts with their clues' ids.
    """
    this_year = date.today().year
    async with unit_of_work(county.scope, "test.furnish") as session:
        await policies.set_value(session, SCHEME, {}, date(this_year - 1, 1, 1), "本县办法")
        for _, clue_id in clues:
            clue = await session.get_one(Clue, (county.number, clue_id))
            clue.status = ClueStatus.SUBSTANTIATED
            session.add(
                ClueConclusion(
                    tenant_id=county.number,
                    id=new_undatable_id(),
                    clue_id=clue_id,
                    status=ConclusionStatus.SIGNED,
                    outcome=ClueOutcome.SUBSTANTIATED,
                    conduct=ViolationType.UNLICENSED,
                    text="经核查属实。",
                    proposed_by_account_id=county.accounts["clue_officer"],
                    proposed_by_post_id=county.posts["clue_officer"],
                    proposed_at=clue.received_at,
                    decided_by_post_id=county.posts["leader"],
                    decided_at=clue.received_at,
                )
            )
    leader, desk = await county.principal("leader"), await county.principal("clue_officer")
    finance = await county.principal("finance")
    made: dict[str, Reward] = {}
    async with unit_of_work(leader.scope, "test.furnish") as session:
        budget = OpenBudget(this_year, Fen(10_000_000), "财教1号", "6105260000009", "CCB")
        await open_budget(session, leader, budget)
    for place, step in enumerate(STEPS):
        receipt, clue_id = clues[place]
        async with unit_of_work(desk.scope, "test.furnish") as session:
            proposal = ProposeReward(clue_id, Fen(20_000), "线索具体、查证属实。")
            reward = await propose_reward(session, desk, proposal)
        if place >= 1:
            async with unit_of_work(leader.scope, "test.furnish") as session:
                await approve_reward(session, leader, DecideReward(reward.id, 1))
        if place >= 2:
            async with unit_of_work(desk.scope, "test.furnish") as session:
                await record_notice(session, desk, RecordNotice(reward.id, 2, "座机录音一则"))
        if place >= 3:
            async with unit_of_work(finance.scope, "test.furnish") as session:
                shown = VerifyReward(
                    reward.id, 3, receipt["ticketNo"], receipt["secret"], "某某人", IDENTITY, PAYEE
                )
                await verify_reward(session, finance, shown)
        made[step] = reward
    ids = {step: encode_id("Reward", county.number, row.id) for step, row in made.items()}
    budget_id = await admin.fetchval(
        "SELECT id FROM reward_budget WHERE tenant_id = $1", county.number
    )
    ids["RewardBudget"] = encode_id("RewardBudget", county.number, budget_id)
    ids["ClueToReward"] = encode_id("Clue", county.number, clues[4][1])
    return ids


def reward_inputs(
    ids: dict[str, str], receipt: dict[str, str]
) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Who may call each mutation of rewards, and an input that it would take.

    `receipt` is that of the reward whose reporter was notified.
    """
    once = {"idempotencyKey": secrets.token_urlsafe(24)}
    return {
        "rewardBudgetOpen": (
            "leader",
            {"year": 2031, "total": "5000.00", "document": "财教2号",
             "accountNo": "6105260000008", "bankCode": "CCB"} | once,
        ),
        "rewardExclude": ("leader", {"phone": "13900139000", "reason": "STAFF"}),
        "rewardPropose": (
            "clue_officer",
            {"clueId": ids["ClueToReward"], "amount": "200.00", "grounds": "线索具体。"} | once,
        ),
        "rewardApprove": ("leader", {"id": ids["Reward"], "expectedVersion": 1} | once),
        "rewardReject": (
            "leader",
            {"id": ids["Reward"], "expectedVersion": 1, "reason": "线索价值不足"},
        ),
        "rewardNoticeRecord": (
            "clue_officer",
            {"id": ids["RewardApproved"], "expectedVersion": 2, "note": "座机录音一则"},
        ),
        "rewardVerify": (
            "finance",
            {"id": ids["RewardNotified"], "expectedVersion": 3, "payeeName": "某某人",
             "identityNo": IDENTITY, "payeeAccountNo": PAYEE} | receipt,
        ),
        "rewardPay": ("second_officer", {"id": ids["RewardVerified"], "expectedVersion": 4} | once),
    }  # fmt: skip
