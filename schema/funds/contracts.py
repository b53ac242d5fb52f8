"""Contracts, payments, lessons and refunds as GraphQL types: minors' data, never a supervisor's."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sql
from sqlalchemy import func, select

from schema.compiler.declarations import Node, column, computed, many, node, one
from schema.compiler.lists import Connection, connection
from schema.funds import vocabulary as _words  # noqa: F401 - registers the enums
from schema.funds.accounts import CustodyAccount
from schema.institutions.types import Institution
from schema.organisation.types import Tenant
from schema.scalars import Money
from services.deadlines.models import Deadline
from services.funds import models, visibility
from services.funds.deadlines import ANSWER, CONFIRM
from services.funds.models import (
    ContractStatus,
    DecidedBy,
    FeeStatus,
    LessonStatus,
    RefundStatus,
    UnclaimedReason,
)
from services.funds.service.contracts import CHILD_COLUMN
from services.institutions.models import InstitutionCategory
from services.ledger.models import LedgerAccount
from tenants import keys
from tenants.access import Permission
from tenants.models import Account
from tenants.session import reading

_LEFT = (
    select(
        LedgerAccount.posted_credit_fen
        - LedgerAccount.posted_debit_fen
        - LedgerAccount.pending_debit_fen
    )
    .where(
        LedgerAccount.tenant_id == models.Contract.tenant_id,
        LedgerAccount.id == models.Contract.ledger_account_id,
    )
    .correlate(models.Contract)
    .scalar_subquery()
)
_GUARDIAN = (
    select(Account.login)
    .where(
        Account.tenant_id == models.Contract.tenant_id,
        Account.id == models.Contract.guardian_account_id,
    )
    .correlate(models.Contract)
    .scalar_subquery()
)


def _due_on(row: Any, rule: str) -> Any:
    """The last day of a row's newest deadline under a rule."""
    return (
        select(Deadline.due_on)
        .where(
            Deadline.tenant_id == row.tenant_id,
            Deadline.subject_id == row.id,
            Deadline.rule == rule,
        )
        .order_by(Deadline.id.desc())
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )


async def _children(context: Any, rows: list[dict[str, Any]]) -> list[str | Exception]:
    """Each child's number, opened for those who see the contract."""
    async with reading(context.scope) as session:
        return [
            await keys.unseal(
                session,
                row["tenant_id"],
                CHILD_COLUMN,
                UUID(row["id"]),
                bytes.fromhex(row["sealed"]),
            )
            for row in rows
        ]


@node(
    models.Contract,
    visible=visibility.visible_contracts,
    description="合同 — a guardian's contract with an institution about a course",
)
class Contract(Node):
    tenant: Tenant = one(models.Contract.tenant_id, "租户 — whose county supervises it")
    institution: Institution | None = one(
        models.Contract.institution_id, "机构 — who teaches", filter=True
    )
    custody_account: CustodyAccount | None = one(
        models.Contract.custody_account_id, "监管账户 — where it is paid to; null until signed"
    )
    guardian_login: str | None = column(_GUARDIAN, "家长登录名 — whose contract it is")
    child_ref: str | None = computed(
        _children,
        "学籍号或证件号 — the child's number",
        requires=Permission.CONTRACT_READ,
        tenant_id=models.Contract.tenant_id,
        id=models.Contract.id,
        sealed=func.encode(models.Contract.child_ref, "hex"),
    )
    course: str = column(models.Contract.course, "课程 — what is taught")
    category: InstitutionCategory = column(
        models.Contract.category, "类别 — of what is taught", filter=True
    )
    hours: int = column(models.Contract.hours, "课时数 — hours that are paid for")
    gift_hours: int = column(models.Contract.gift_hours, "赠课数 — hours that are worth nothing")
    consumed_hours: int = column(models.Contract.consumed_hours, "已消课时 — released hours")
    unit_price: Money = column(
        cast(Any, models.Contract.unit_price_fen), "课时单价 — price of an hour, in yuan"
    )
    total: Money = column(
        cast(Any, models.Contract.total_fen), "总价 — in yuan", filter=True, order=True
    )
    paid: Money = column(cast(Any, models.Contract.paid_fen), "已付 — in yuan")
    left: Money | None = column(
        cast(Any, _LEFT),
        "可用余额 — paid, neither consumed nor asked for, in yuan; null until signed",
    )
    start_on: date = column(
        models.Contract.start_on, "开课日期 — first day", filter=True, order=True
    )
    ends_on: date = column(models.Contract.ends_on, "结束日期 — last day", filter=True)
    template: str = column(models.Contract.template, "示范文本 — number of the model contract")
    status: ContractStatus = column(models.Contract.status, "状态 — of the contract", filter=True)
    payment_reference: str = column(
        sql.cast(models.Contract.id, sql.Text),
        "付款附言 — to be given with each payment, so that it is booked on the contract",
    )
    drafted_at: datetime = column(
        models.Contract.drafted_at, "起草时间 — when it was drafted", filter=True, order=True
    )
    signed_at: datetime | None = column(
        models.Contract.signed_at, "签署时间 — when the guardian signed"
    )
    paid_at: datetime | None = column(
        models.Contract.paid_at, "付清时间 — when it was paid in full"
    )
    ended_at: datetime | None = column(models.Contract.ended_at, "终结时间 — when nothing was left")
    version: int = column(models.Contract.version, "版本 — rises with every change")
    payments: "ContractPaymentConnection" = many(
        models.ContractPayment.contract_id, "缴费 — payments that name it"
    )
    lessons: "LessonConnection" = many(models.Lesson.contract_id, "消课 — lessons of it")
    refunds: "RefundConnection" = many(models.RefundRequest.contract_id, "退费 — refunds of it")


@connection("合同列表 — a page of contracts", order=(models.Contract.drafted_at.desc(),))
class ContractConnection(Connection[Contract]):
    """A page of contracts."""


@node(
    models.ContractPayment,
    visible=visibility.visible_payments,
    description="缴费 — a guardian's payment under the bank's serial number",
)
class ContractPayment(Node):
    tenant: Tenant = one(models.ContractPayment.tenant_id, "租户 — whose county supervises it")
    contract: Contract | None = one(models.ContractPayment.contract_id, "合同 — which it names")
    serial: str = column(
        models.ContractPayment.bank_serial, "银行流水号 — once per account", filter=True
    )
    amount: Money = column(cast(Any, models.ContractPayment.amount_fen), "金额 — in yuan")
    paid_on: date = column(models.ContractPayment.paid_on, "付款日期 — by the bank")
    status: FeeStatus = column(models.ContractPayment.status, "状态 — booked or not", filter=True)
    unclaimed_reason: UnclaimedReason | None = column(
        models.ContractPayment.reason, "未入账原因 — null once it is booked"
    )
    received_at: datetime = column(
        models.ContractPayment.received_at, "收到时间 — when it was first seen", order=True
    )


@connection("缴费列表 — a page of payments", order=(models.ContractPayment.received_at,))
class ContractPaymentConnection(Connection[ContractPayment]):
    """A page of payments."""


@node(
    models.Lesson,
    visible=visibility.visible_lessons,
    description="消课 — hours that were taught; released once confirmed",
)
class Lesson(Node):
    tenant: Tenant = one(models.Lesson.tenant_id, "租户 — whose county supervises it")
    contract: Contract | None = one(models.Lesson.contract_id, "合同 — which it is of", filter=True)
    taught_on: date = column(models.Lesson.taught_on, "上课日期 — when it was taught", filter=True)
    hours: int = column(models.Lesson.hours, "课时数 — how many hours")
    amount: Money = column(cast(Any, models.Lesson.amount_fen), "金额 — their price, in yuan")
    status: LessonStatus = column(models.Lesson.status, "状态 — of the lesson", filter=True)
    settled_by: DecidedBy | None = column(
        models.Lesson.decided_by, "决定方 — whose word or silence settled it", filter=True
    )
    answer_due_on: date | None = column(
        _due_on(models.Lesson, CONFIRM.key), "确认截止日 — after it silence confirms"
    )
    objection: str | None = column(models.Lesson.objection, "异议 — what the guardian says")
    decision: str | None = column(models.Lesson.decision, "裁定说明 — why it was decided so")
    requested_at: datetime = column(
        models.Lesson.requested_at, "申请时间 — when it was asked for", filter=True, order=True
    )
    confirmed_at: datetime | None = column(
        models.Lesson.confirmed_at, "确认时间 — when it was confirmed"
    )
    paid_at: datetime | None = column(
        models.Lesson.paid_at, "到账时间 — when the bank paid the institution"
    )


@connection("消课列表 — a page of lessons", order=(models.Lesson.requested_at.desc(),))
class LessonConnection(Connection[Lesson]):
    """A page of lessons."""


@node(
    models.RefundRequest,
    visible=visibility.visible_refunds,
    description="退费申请 — a guardian's request for what is not consumed",
)
class Refund(Node):
    tenant: Tenant = one(models.RefundRequest.tenant_id, "租户 — whose county supervises it")
    contract: Contract | None = one(
        models.RefundRequest.contract_id, "合同 — which it is of", filter=True
    )
    amount: Money = column(cast(Any, models.RefundRequest.amount_fen), "金额 — in yuan")
    reason: str = column(models.RefundRequest.reason, "退费原因 — what the guardian says")
    status: RefundStatus = column(models.RefundRequest.status, "状态 — of the refund", filter=True)
    settled_by: DecidedBy | None = column(
        models.RefundRequest.decided_by, "决定方 — whose word or silence settled it", filter=True
    )
    answer_due_on: date | None = column(
        _due_on(models.RefundRequest, ANSWER.key), "答复截止日 — after it silence agrees"
    )
    objection: str | None = column(
        models.RefundRequest.objection, "异议 — what the institution says"
    )
    decision: str | None = column(models.RefundRequest.decision, "裁定说明 — why it was decided so")
    requested_at: datetime = column(
        models.RefundRequest.requested_at,
        "申请时间 — when it was asked for",
        filter=True,
        order=True,
    )
    agreed_at: datetime | None = column(
        models.RefundRequest.agreed_at, "同意时间 — when it was agreed"
    )
    executed_at: datetime | None = column(
        models.RefundRequest.executed_at, "退回时间 — when the bank paid"
    )


@connection("退费申请列表 — a page of refunds", order=(models.RefundRequest.requested_at.desc(),))
class RefundConnection(Connection[Refund]):
    """A page of refunds."""
