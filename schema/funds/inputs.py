"""Inputs of the mutations of contracts, lessons and refunds."""

from datetime import date

import strawberry

from schema.funds import vocabulary as _words  # noqa: F401 - registers the enums
from schema.organisation.ids import row_id
from schema.replay import KEY
from schema.scalars import Money, fen
from services.funds.rules import Terms
from services.funds.service.contracts import DraftContract, SignContract
from services.funds.service.lessons import (
    ConfirmLesson,
    DecideLesson,
    RejectLesson,
    ReleaseLesson,
    RequestLesson,
)
from services.funds.service.receiving import RecordPayment
from services.funds.service.refunds import (
    AgreeRefund,
    DecideRefund,
    ObjectRefund,
    PayRefund,
    RequestRefund,
)
from services.institutions.models import InstitutionCategory

_CONTRACT = "合同 — id of the contract"
_LESSON = "消课 — id of the lesson"
_REFUND = "退费申请 — id of the refund"
_WHY = "2 to 500 characters"


@strawberry.input(description="起草合同 — what an institution offers to a guardian for a child")
class ContractDraftInput:
    institution_id: strawberry.ID = strawberry.field(description="机构 — who teaches")
    guardian_login: str = strawberry.field(description="家长登录名 — the guardian tells it")
    child_ref: str = strawberry.field(
        description="学籍号或证件号 — 8 to 32 letters and digits, never a name; kept sealed"
    )
    course: str = strawberry.field(description="课程 — 2 to 100 characters")
    category: InstitutionCategory = strawberry.field(description="类别 — of what is taught")
    hours: int = strawberry.field(description="课时数 — policy fund.max_hours bounds it")
    unit_price: Money = strawberry.field(description="课时单价 — in yuan")
    total: Money = strawberry.field(description="总价 — hours times the price of an hour")
    start_on: date = strawberry.field(description="开课日期 — first day")
    ends_on: date = strawberry.field(
        description="结束日期 — last day; policy fund.max_months bounds it"
    )
    gift_hours: int = strawberry.field(
        default=0, description="赠课数 — worth nothing, and counted among the hours"
    )

    def command(self, tenant_id: int) -> DraftContract:
        """The command in that tenant."""
        terms = Terms(
            self.category,
            self.hours,
            self.gift_hours,
            fen(self.unit_price),
            fen(self.total),
            self.start_on,
            self.ends_on,
        )
        return DraftContract(
            row_id(self.institution_id, tenant_id, "Institution"),
            self.guardian_login,
            self.child_ref,
            self.course,
            terms,
        )


@strawberry.input(description="签署合同 — the guardian agrees")
class ContractSignInput:
    id: strawberry.ID = strawberry.field(description=_CONTRACT)
    refund_account_no: str = strawberry.field(
        description="退费账号 — the account that is paid from, 8 to 32 digits; kept sealed"
    )
    refund_name: str = strawberry.field(description="户名 — 2 to 100 characters; kept sealed")

    def command(self, tenant_id: int) -> SignContract:
        """The command in that tenant."""
        contract_id = row_id(self.id, tenant_id, "Contract")
        return SignContract(contract_id, self.refund_account_no, self.refund_name)


@strawberry.input(description="登记缴费 — a payment that the bank told before its statement does")
class ContractRecordPaymentInput:
    id: strawberry.ID = strawberry.field(description=_CONTRACT)
    bank_serial: str = strawberry.field(description="银行流水号 — once per account")
    amount: Money = strawberry.field(description="金额 — in yuan, at most what is left to be paid")
    paid_on: date = strawberry.field(description="付款日期 — by the bank")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> RecordPayment:
        """The command in that tenant."""
        contract_id = row_id(self.id, tenant_id, "Contract")
        return RecordPayment(contract_id, self.bank_serial, fen(self.amount), self.paid_on)


@strawberry.input(description="申请消课 — hours were taught")
class LessonRequestInput:
    contract_id: strawberry.ID = strawberry.field(description=_CONTRACT)
    hours: int = strawberry.field(description="课时数 — at most what is left")
    taught_on: date = strawberry.field(description="上课日期 — from the first day up to today")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> RequestLesson:
        """The command in that tenant."""
        contract_id = row_id(self.contract_id, tenant_id, "Contract")
        return RequestLesson(contract_id, self.hours, self.taught_on)


@strawberry.input(description="确认消课 — they were taught; the money is released")
class LessonConfirmInput:
    id: strawberry.ID = strawberry.field(description=_LESSON)
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> ConfirmLesson:
        """The command in that tenant."""
        return ConfirmLesson(row_id(self.id, tenant_id, "Lesson"))


@strawberry.input(description="对消课提出异议 — they were not taught")
class LessonRejectInput:
    id: strawberry.ID = strawberry.field(description=_LESSON)
    reason: str = strawberry.field(description=f"理由 — {_WHY}")

    def command(self, tenant_id: int) -> RejectLesson:
        """The command in that tenant."""
        return RejectLesson(row_id(self.id, tenant_id, "Lesson"), self.reason)


@strawberry.input(description="裁定消课争议 — released, or the price is free again")
class LessonDecideInput:
    id: strawberry.ID = strawberry.field(description=_LESSON)
    is_confirmed: bool = strawberry.field(description="成立 — they were taught")
    text: str = strawberry.field(description=f"裁定说明 — {_WHY}")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> DecideLesson:
        """The command in that tenant."""
        return DecideLesson(row_id(self.id, tenant_id, "Lesson"), self.is_confirmed, self.text)


@strawberry.input(description="重新拨付 — after the bank refused to pay")
class LessonReleaseInput:
    id: strawberry.ID = strawberry.field(description=_LESSON)
    idempotency_key: str = strawberry.field(description=KEY)
    settlement_account_no: str | None = strawberry.field(
        default=None, description="结算账号 — another one, for all releases to come"
    )

    def command(self, tenant_id: int) -> ReleaseLesson:
        """The command in that tenant."""
        return ReleaseLesson(row_id(self.id, tenant_id, "Lesson"), self.settlement_account_no)


@strawberry.input(description="申请退费 — what is neither consumed nor asked for")
class RefundRequestInput:
    contract_id: strawberry.ID = strawberry.field(description=_CONTRACT)
    reason: str = strawberry.field(description=f"退费原因 — {_WHY}")
    idempotency_key: str = strawberry.field(description=KEY)
    amount: Money | None = strawberry.field(
        default=None, description="金额 — in yuan; by default all that is left"
    )

    def command(self, tenant_id: int) -> RequestRefund:
        """The command in that tenant."""
        contract_id = row_id(self.contract_id, tenant_id, "Contract")
        amount = None if self.amount is None else fen(self.amount)
        return RequestRefund(contract_id, self.reason, amount)


@strawberry.input(description="同意退费 — the bank is told to pay")
class RefundAgreeInput:
    id: strawberry.ID = strawberry.field(description=_REFUND)
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> AgreeRefund:
        """The command in that tenant."""
        return AgreeRefund(row_id(self.id, tenant_id, "Refund"))


@strawberry.input(description="对退费提出异议 — the fund supervisor decides")
class RefundObjectInput:
    id: strawberry.ID = strawberry.field(description=_REFUND)
    reason: str = strawberry.field(description=f"异议理由 — {_WHY}")

    def command(self, tenant_id: int) -> ObjectRefund:
        """The command in that tenant."""
        return ObjectRefund(row_id(self.id, tenant_id, "Refund"), self.reason)


@strawberry.input(description="裁定退费争议 — paid back, or the amount is the contract's again")
class RefundDecideInput:
    id: strawberry.ID = strawberry.field(description=_REFUND)
    is_agreed: bool = strawberry.field(description="同意 — it is to be paid")
    text: str = strawberry.field(description=f"裁定说明 — {_WHY}")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> DecideRefund:
        """The command in that tenant."""
        return DecideRefund(row_id(self.id, tenant_id, "Refund"), self.is_agreed, self.text)


@strawberry.input(description="重新支付退费 — after the bank refused to pay")
class RefundPayInput:
    id: strawberry.ID = strawberry.field(description=_REFUND)
    idempotency_key: str = strawberry.field(description=KEY)
    account_no: str | None = strawberry.field(
        default=None, description="退费账号 — another one of the guardian's, 8 to 32 digits"
    )
    account_name: str | None = strawberry.field(
        default=None, description="户名 — 2 to 100 characters"
    )

    def command(self, tenant_id: int) -> PayRefund:
        """The command in that tenant."""
        refund_id = row_id(self.id, tenant_id, "Refund")
        return PayRefund(refund_id, self.account_no, self.account_name)
