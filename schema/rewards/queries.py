"""Root fields of rewards."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.rewards.types import (
    Reward,
    RewardBudgetConnection,
    RewardConnection,
    RewardVoucherConnection,
)
from tenants.access import Permission


@strawberry.type
class RewardQuery:
    reward: Reward | None = by_id(
        "Reward", "奖励 — one reward by its id", requires=Permission.REWARD_READ
    )
    rewards: RewardConnection | None = every(
        "奖励列表 — all rewards, the newest first", requires=Permission.REWARD_READ
    )
    reward_budgets: RewardBudgetConnection | None = every(
        "奖励预算列表 — budgets by year", requires=Permission.REWARD_READ
    )
    reward_vouchers: RewardVoucherConnection | None = every(
        "支付凭证列表 — vouchers, the newest first", requires=Permission.REWARD_READ
    )
