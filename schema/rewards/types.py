"""Rewards, budgets and vouchers as GraphQL types."""

from datetime import date, datetime
from typing import Any
from typing import cast as cast_

from sqlalchemy import Text, cast, func, select
from sqlalchemy.sql.expression import SQLColumnExpression

from schema.clues.types import Clue
from schema.compiler.declarations import Node, column, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Tenant
from schema.organisation.vocabulary import vocabulary
from schema.scalars import Money
from services.deadlines.models import Deadline as DeadlineRow
from services.rewards import models
from services.rewards.deadlines import CLAIM
from services.rewards.models import ExclusionReason, NoticeProof, RewardStatus
from services.rewards.visibility import visible
from tenants.access import Permission

vocabulary(
    RewardStatus,
    "奖励状态 — how far a reward is",
    PROPOSED="已提出 — waits for approval by another person",
    APPROVED="已批准 — the budget is held, the reporter is being told",
    REJECTED="不予批准 — the approver said no",
    NOTIFIED="已通知 — the reporter knows, the claim window runs",
    VERIFIED="已认证 — receipt and identity were checked on site",
    CLAIMED="已领取 — the bank has been instructed",
    PAID="已支付 — the bank paid, the voucher is there",
    EXPIRED="逾期未领 — nobody claimed in time",
    PAYMENT_REFUSED="银行退回 — to be verified again with another account",
)
vocabulary(
    NoticeProof,
    "通知凭据 — what proves that the reporter was told",
    SMS_DELIVERED="短信送达 — the gateway's delivery report",
    PHONE_CALL="电话记录 — a recorded call",
)
vocabulary(
    ExclusionReason,
    "不予奖励原因 — why somebody gets no reward",
    STAFF="本单位人员 — staff whose duty it is to find out",
    INFRINGED_PARTY="被侵权方 — the infringed party or its agent",
    VIOLATOR="违规者 — the violator, unless an insider",
    PAID_BY_COMPETITOR="受他人雇佣 — paid by a competitor",
)

_VOUCHER: SQLColumnExpression[Any] = (
    select(
        func.concat(
            "〔", cast(models.RewardVoucher.year, Text), "〕第",
            cast(models.RewardVoucher.number, Text), "号",
        )
    )
    .where(
        models.RewardVoucher.tenant_id == models.Reward.tenant_id,
        models.RewardVoucher.reward_id == models.Reward.id,
    )
    .correlate(models.Reward)
    .scalar_subquery()
)  # fmt: skip

_CLAIM_DUE: SQLColumnExpression[Any] = (
    select(func.max(DeadlineRow.due_on))
    .where(
        DeadlineRow.tenant_id == models.Reward.tenant_id,
        DeadlineRow.subject_id == models.Reward.id,
        DeadlineRow.rule == CLAIM.key,
    )
    .correlate(models.Reward)
    .scalar_subquery()
)


@node(models.Reward, visible=visible, description="奖励 — a reward for a substantiated clue")
class Reward(Node):
    tenant: Tenant = one(models.Reward.tenant_id, "租户 — whose reward it is")
    clue: Clue | None = one(
        models.Reward.clue_id,
        "线索 — what is rewarded; hidden from who pays",
        requires=Permission.CLUE_READ,
    )
    status: RewardStatus = column(models.Reward.status, "状态 — how far it is", filter=True)
    amount: Money = column(
        cast_(Any, models.Reward.amount_fen), "金额 — in yuan", filter=True, order=True
    )
    grounds: str | None = column(
        models.Reward.grounds, "理由 — grounds of the amount", requires=Permission.CLUE_READ
    )
    decision_reason: str | None = column(
        models.Reward.decision_reason, "审批意见 — why it was rejected"
    )
    policy_version: str = column(
        models.Reward.policy_version, "办法版本 — digest of the scheme's numbers it rests on"
    )
    proposed_at: datetime = column(
        models.Reward.proposed_at, "提出时间 — when it was proposed", filter=True, order=True
    )
    decided_at: datetime | None = column(
        models.Reward.decided_at, "审批时间 — when it was approved or rejected"
    )
    noticed_at: datetime | None = column(
        models.Reward.noticed_at, "通知时间 — when the reporter was told, with proof"
    )
    notice_proof: NoticeProof | None = column(
        models.Reward.notice_proof, "通知凭据 — what proves it"
    )
    verified_at: datetime | None = column(
        models.Reward.verified_at, "认证时间 — when receipt and identity were checked"
    )
    claimed_at: datetime | None = column(
        models.Reward.claimed_at, "领取时间 — when the second officer confirmed"
    )
    refusals: int = column(models.Reward.refusals, "银行退回次数 — how often the bank refused")
    paid_at: datetime | None = column(
        models.Reward.paid_at, "支付时间 — when the bank had paid", filter=True
    )
    voucher_no: str | None = column(_VOUCHER, "凭证号 — number of the payment voucher")
    version: int = column(
        models.Reward.version, "版本 — rises with every change; send it as expectedVersion"
    )
    claim_due_on: date | None = column(
        _CLAIM_DUE, "领取截止日 — last day for claiming; null before the notice is proven"
    )


@connection("奖励列表 — a page of rewards", order=(models.Reward.proposed_at.desc(),))
class RewardConnection(Connection[Reward]):
    """A page of rewards."""


@node(
    models.RewardBudget,
    visible=visible,
    description="奖励预算 — what may be spent on rewards in a year",
)
class RewardBudget(Node):
    tenant: Tenant = one(models.RewardBudget.tenant_id, "租户 — whose budget it is")
    year: int = column(models.RewardBudget.year, "年度 — the year", filter=True, order=True)
    total: Money = column(cast_(Any, models.RewardBudget.total_fen), "总额 — appropriated, in yuan")
    document: str = column(models.RewardBudget.document, "依据文件 — by which it was set")


@connection("奖励预算列表 — a page of budgets", order=(models.RewardBudget.year.desc(),))
class RewardBudgetConnection(Connection[RewardBudget]):
    """A page of budgets."""


@node(
    models.RewardVoucher,
    visible=visible,
    description="支付凭证 — the paper of a payout, numbered without gaps within the year",
)
class RewardVoucher(Node):
    tenant: Tenant = one(models.RewardVoucher.tenant_id, "租户 — whose voucher it is")
    reward: Reward | None = one(models.RewardVoucher.reward_id, "奖励 — what was paid")
    year: int = column(models.RewardVoucher.year, "年度 — the year", filter=True)
    number: int = column(models.RewardVoucher.number, "序号 — within the year", order=True)
    amount: Money = column(cast_(Any, models.RewardVoucher.amount_fen), "金额 — in yuan")
    serial: str = column(models.RewardVoucher.bank_serial, "银行流水号 — the bank's serial")
    issued_on: date = column(models.RewardVoucher.issued_on, "开具日 — when it was issued")


@connection(
    "支付凭证列表 — a page of vouchers",
    order=(models.RewardVoucher.year.desc(), models.RewardVoucher.number.desc()),
)
class RewardVoucherConnection(Connection[RewardVoucher]):
    """A page of vouchers."""
