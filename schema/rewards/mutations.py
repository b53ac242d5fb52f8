"""Commands of rewards in the API."""

import strawberry

from schema.fields import changed, done, mutation
from schema.payloads import payload, shown
from schema.rewards.inputs import (
    RewardApproveInput,
    RewardBudgetOpenInput,
    RewardExcludeInput,
    RewardNoticeRecordInput,
    RewardPayInput,
    RewardProposeInput,
    RewardRejectInput,
    RewardVerifyInput,
)
from schema.rewards.types import Reward, RewardBudget
from services.rewards import budgets, claiming, service
from services.rewards.errors import RewardErrorCode
from services.rewards.models import ExclusionReason
from tenants.access import Permission


@payload(RewardErrorCode, "奖励操作结果 — the reward, or why the command was refused")
class RewardPayload:
    reward: Reward | None = shown("奖励 — as it is now; with CONFLICT the present state")


@payload(RewardErrorCode, "奖励预算操作结果 — the budget, or why the command was refused")
class RewardBudgetPayload:
    budget: RewardBudget | None = shown("奖励预算 — as it is now")


@payload(RewardErrorCode, "名单操作结果 — what was entered, or why the command was refused")
class RewardExcludePayload:
    reason: ExclusionReason | None = shown("原因 — the reason that stands in the list")


@strawberry.type
class RewardMutation:
    @mutation(
        "设立奖励预算 — open a year's budget",
        action="reward.budget_open",
        permission=Permission.REWARD_CONFIGURE,
        money=True,
    )
    async def reward_budget_open(
        self, info: strawberry.Info, input: RewardBudgetOpenInput
    ) -> RewardBudgetPayload | None:
        budget = await changed(RewardBudget, budgets.open_budget, info, input)
        return RewardBudgetPayload(budget=budget)

    @mutation(
        "列入不予奖励名单 — exclude a reporter's number",
        action="reward.exclude",
        permission=Permission.REWARD_CONFIGURE,
    )
    async def reward_exclude(
        self, info: strawberry.Info, input: RewardExcludeInput
    ) -> RewardExcludePayload | None:
        entry = await done(budgets.exclude_reporter, info, input)
        return RewardExcludePayload(reason=ExclusionReason(entry.reason))

    @mutation(
        "提出奖励 — propose a reward",
        action="reward.propose",
        permission=Permission.REWARD_PROPOSE,
        idempotent=True,
    )
    async def reward_propose(
        self, info: strawberry.Info, input: RewardProposeInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, service.propose_reward, info, input))

    @mutation(
        "批准奖励 — approve; the budget is held",
        action="reward.approve",
        permission=Permission.REWARD_APPROVE,
        money=True,
    )
    async def reward_approve(
        self, info: strawberry.Info, input: RewardApproveInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, service.approve_reward, info, input))

    @mutation(
        "不予批准 — reject a proposal",
        action="reward.reject",
        permission=Permission.REWARD_APPROVE,
    )
    async def reward_reject(
        self, info: strawberry.Info, input: RewardRejectInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, service.reject_reward, info, input))

    @mutation(
        "电话通知 — record the call that told the reporter",
        action="reward.notice_record",
        permission=Permission.REWARD_PROPOSE,
    )
    async def reward_notice_record(
        self, info: strawberry.Info, input: RewardNoticeRecordInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, service.record_notice, info, input))

    @mutation(
        "现场认证 — check receipt and identity of who claims",
        action="reward.verify",
        permission=Permission.REWARD_PAY,
    )
    async def reward_verify(
        self, info: strawberry.Info, input: RewardVerifyInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, claiming.verify_reward, info, input))

    @mutation(
        "发放奖励 — pay, as the second of two officers",
        action="reward.pay",
        permission=Permission.REWARD_PAY,
        money=True,
    )
    async def reward_pay(
        self, info: strawberry.Info, input: RewardPayInput
    ) -> RewardPayload | None:
        return RewardPayload(reward=await changed(Reward, claiming.pay_reward, info, input))
