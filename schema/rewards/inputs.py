"""Inputs of the reward mutations."""

import strawberry

from infra.identifiers import PhoneNumber
from schema.organisation.ids import row_id
from schema.replay import KEY
from schema.scalars import Money, fen
from services.rewards.budgets import ExcludeReporter, OpenBudget
from services.rewards.claiming import PayReward, VerifyReward
from services.rewards.models import ExclusionReason
from services.rewards.service import (
    DecideReward,
    ProposeReward,
    RecordNotice,
)

_ID = "奖励 — id of the reward"
_VERSION = "预期版本 — the version that was read; CONFLICT when it has changed"


@strawberry.input(description="设立奖励预算 — what may be spent in a year")
class RewardBudgetOpenInput:
    year: int = strawberry.field(description="年度 — 2000 to 2100")
    total: Money = strawberry.field(description="总额 — in yuan, above zero")
    document: str = strawberry.field(description="依据文件 — 2 to 200 characters")
    account_no: str = strawberry.field(description="专户账号 — 8 to 32 digits")
    bank_code: str = strawberry.field(description="开户行代码 — in capitals, such as CCB")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, _tenant_id: int) -> OpenBudget:
        """The command."""
        return OpenBudget(
            self.year, fen(self.total), self.document, self.account_no, self.bank_code
        )


@strawberry.input(description="列入不予奖励名单 — a number whose reports are not rewarded")
class RewardExcludeInput:
    phone: PhoneNumber = strawberry.field(description="手机号 — kept as a digest alone")
    reason: ExclusionReason = strawberry.field(description="原因 — why")

    def command(self, _tenant_id: int) -> ExcludeReporter:
        """The command."""
        return ExcludeReporter(self.phone, self.reason)


@strawberry.input(description="提出奖励 — a reward for a substantiated clue")
class RewardProposeInput:
    clue_id: strawberry.ID = strawberry.field(description="线索 — id of the clue")
    amount: Money = strawberry.field(description="金额 — in yuan, within the scheme")
    grounds: str = strawberry.field(description="理由 — 5 to 500 characters")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> ProposeReward:
        """The command in that tenant."""
        clue = row_id(self.clue_id, tenant_id, "Clue")
        return ProposeReward(clue, fen(self.amount), self.grounds)


@strawberry.input(description="批准奖励 — by another person, within their tier")
class RewardApproveInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> DecideReward:
        """The command in that tenant."""
        return DecideReward(row_id(self.id, tenant_id, "Reward"), self.expected_version)


@strawberry.input(description="不予批准 — with the reason")
class RewardRejectInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    reason: str = strawberry.field(description="理由 — 5 to 500 characters")

    def command(self, tenant_id: int) -> DecideReward:
        """The command in that tenant."""
        reward = row_id(self.id, tenant_id, "Reward")
        return DecideReward(reward, self.expected_version, self.reason)


@strawberry.input(description="电话通知 — a recorded call told the reporter")
class RewardNoticeRecordInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    note: str = strawberry.field(description="通话记录 — 5 to 200 characters: where it is recorded")

    def command(self, tenant_id: int) -> RecordNotice:
        """The command in that tenant."""
        return RecordNotice(row_id(self.id, tenant_id, "Reward"), self.expected_version, self.note)


@strawberry.input(description="现场认证 — the first officer checks receipt and identity")
class RewardVerifyInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    ticket_no: str = strawberry.field(description="回执编号 — on the receipt")
    secret: str = strawberry.field(description="回执码 — on the receipt")
    payee_name: str = strawberry.field(description="姓名 — as on the identity card")
    identity_no: str = strawberry.field(description="身份证号 — kept as a digest alone")
    payee_account_no: str = strawberry.field(description="收款账号 — 8 to 32 digits, sealed")

    def command(self, tenant_id: int) -> VerifyReward:
        """The command in that tenant."""
        return VerifyReward(
            row_id(self.id, tenant_id, "Reward"),
            self.expected_version,
            self.ticket_no,
            self.secret,
            self.payee_name,
            self.identity_no,
            self.payee_account_no,
        )


@strawberry.input(description="发放奖励 — the second officer confirms and the bank is instructed")
class RewardPayInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int = strawberry.field(description=_VERSION)
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> PayReward:
        """The command in that tenant."""
        return PayReward(row_id(self.id, tenant_id, "Reward"), self.expected_version)
