"""Prepaid fees at every step for the two worlds, and valid input for their mutations."""

import secrets
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from infra.ids import encode_id
from services.funds.models import (
    AlertLevel,
    AlertRule,
    AlertStatus,
    Contract,
    ContractPayment,
    CustodyAccount,
    CustodyKind,
    CustodyOrder,
    CustodyStatus,
    FundAlert,
    LessonStatus,
    OrderKind,
    RefundStatus,
)
from services.funds.rules import Terms
from services.funds.service.contracts import DraftContract, draft_contract
from services.funds.service.custody import (
    OpenCustodyAccount,
    OrderCustodyAccount,
    open_custody_account,
    order_custody_account,
)
from services.funds.service.lessons import RequestLesson, request_lesson
from services.funds.service.receiving import RecordPayment, record_payment
from services.funds.service.refunds import RequestRefund, request_refund
from services.institutions.models import InstitutionCategory
from tenants.session import now_of, unit_of_work
from tests.harness.county import County
from tests.services.funds.funding import open_custody, open_seller, sign

_STEPS = ("Contract", "ContractAsked", "ContractDisputed", "ContractAgreed", "ContractSigned")


async def furnish_funds(county: County) -> dict[str, str]:
    """Accounts, contracts, lessons and refunds in every state, and an alert."""
    sellers = [await open_seller(county, number) for number in range(90, 94)]
    accounts = [
        await open_custody(county, seller, f"61052600{number}")
        for number, seller in enumerate(sellers, 10_000)
    ]
    rows = {
        "FundInstitution": ("Institution", sellers[0]),
        "CustodyAccount": ("CustodyAccount", accounts[0]),
        "CustodyAsked": ("CustodyAccount", accounts[1]),
        "CustodyFrozen": ("CustodyAccount", accounts[2]),
        "CustodyThawing": ("CustodyAccount", accounts[3]),
        "Deposit": ("CustodyAccount", await _orders(county, sellers[0], accounts)),
    }
    signed = {
        step: await sign(
            county, sellers[0], terms=usual_terms(), child=f"G61052620150101{number:04d}"
        )
        for number, step in enumerate(_STEPS, 10)
    }
    rows |= {step: ("Contract", contract) for step, contract in signed.items()}
    rows |= await _paid(county, signed)
    rows |= await _drafted(county, signed["ContractSigned"])
    return {name: encode_id(type_, county.number, row_id) for name, (type_, row_id) in rows.items()}


def fund_inputs(ids: dict[str, str]) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Who may call each mutation of funds, and an input that it would take."""
    supervisor, leader, operator, guardian = "fund_supervisor", "leader", "operator", "guardian"
    terms = usual_terms()

    def once(**given: Any) -> dict[str, Any]:
        return given | {"idempotencyKey": secrets.token_urlsafe(24)}

    return {
        "custodyAccountOpen": (
            supervisor,
            once(institutionId=ids["Institution2"], kind="CUSTODY", bankCode="CCB",
                 accountNo="6105260020001", accountName="某机构托管户",
                 settlementAccountNo="6105260020002", settlementName="某机构"),
        ),
        "custodyAccountFile": (supervisor, {"id": ids["Deposit"], "filingNo": "备2026-9号"}),
        "custodyAccountFreeze": (
            supervisor, {"id": ids["CustodyAccount"], "reason": "涉嫌违规动用资金"},
        ),
        "custodyAccountConfirmFreeze": (leader, {"id": ids["CustodyAsked"]}),
        "custodyAccountUnfreeze": (
            supervisor, {"id": ids["CustodyFrozen"], "reason": "已补足资金"},
        ),
        "custodyAccountConfirmUnfreeze": (leader, {"id": ids["CustodyThawing"]}),
        "custodyAccountClose": (supervisor, {"id": ids["CustodyAsked"]}),
        "contractDraft": (
            operator,
            {"institutionId": ids["FundInstitution"], "guardianLogin": "guardian",
             "childRef": "G610526201501019999", "course": "硬笔书法",
             "category": terms.category.value, "hours": terms.hours,
             "unitPrice": "100.00", "total": "2000.00", "startOn": str(terms.start_on),
             "endsOn": str(terms.ends_on)},
        ),
        "contractSign": (
            guardian,
            {"id": ids["ContractDraft"], "refundAccountNo": "6217000000000001",
             "refundName": "某家长"},
        ),
        "contractRecordPayment": (
            supervisor,
            once(id=ids["ContractSigned"], bankSerial="S90009", amount="500.00",
                 paidOn=str(terms.start_on)),
        ),
        "lessonRequest": (
            operator,
            once(contractId=ids["Contract"], hours=1, taughtOn=str(terms.start_on)),
        ),
        "lessonConfirm": (guardian, once(id=ids["Lesson"])),
        "lessonReject": (guardian, {"id": ids["Lesson"], "reason": "当天没有上课"}),
        "lessonDecide": (
            supervisor, once(id=ids["LessonDisputed"], isConfirmed=False, text="未查到签到记录"),
        ),
        "lessonRelease": (
            supervisor, once(id=ids["LessonConfirmed"], settlementAccountNo="6105260020003"),
        ),
        "refundRequest": (
            guardian, once(contractId=ids["Contract"], reason="孩子转学", amount="100.00"),
        ),
        "refundAgree": (operator, once(id=ids["Refund"])),
        "refundObject": (operator, {"id": ids["Refund"], "reason": "课程已按约定提供"}),
        "refundDecide": (
            supervisor, once(id=ids["RefundDisputed"], isAgreed=False, text="机构已按约授课"),
        ),
        "refundPay": (
            supervisor,
            once(id=ids["RefundAgreed"], accountNo="6217000000000009", accountName="某家长"),
        ),
        "fundAlertAcknowledge": (supervisor, {"id": ids["FundAlert"]}),
        "fundAlertHandle": (
            supervisor,
            {"id": ids["FundAlert"], "disposition": "机构已补足资金", "isFalseAlarm": False},
        ),
    }  # fmt: skip


FUND_STEPS = (
    "custodyAccountOpen", "custodyAccountFile", "custodyAccountConfirmFreeze",
    "custodyAccountConfirmUnfreeze", "custodyAccountUnfreeze", "contractDraft", "contractSign",
    "contractRecordPayment", "lessonRequest", "refundRequest", "lessonConfirm", "lessonDecide",
    "lessonRelease", "refundAgree", "refundDecide", "refundPay", "fundAlertAcknowledge",
    "fundAlertHandle", "custodyAccountFreeze",
)  # fmt: skip
"""Mutations whose examples can be taken one after the other."""


def usual_terms() -> Terms:
    """Twenty hours from today on."""
    today = date.today()
    return Terms(
        InstitutionCategory.NON_SUBJECT_ARTS, 20, 0, 10_000, 200_000, today,
        today + timedelta(days=60),
    )  # fmt: skip


async def _orders(county: County, seller: UUID, accounts: list[UUID]) -> UUID:
    """A deposit account; an order to freeze the second account; two frozen, one to go on."""
    supervisor = await county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test.furnish") as session:
        deposit = await open_custody_account(
            session,
            supervisor,
            OpenCustodyAccount(
                seller, CustodyKind.DEPOSIT, "CCB", "6105260010099", "某机构保证金户",
                "6105260010098", "某机构",
            ),
        )  # fmt: skip
        ask = OrderCustodyAccount(accounts[1], OrderKind.FREEZE, "涉嫌违规")
        await order_custody_account(session, supervisor, ask)
        for account_id in accounts[2:]:
            account = await session.get_one(CustodyAccount, (county.number, account_id))
            account.status = CustodyStatus.FROZEN
        await session.flush()
        ask = OrderCustodyAccount(accounts[3], OrderKind.UNFREEZE, "已整改")
        await order_custody_account(session, supervisor, ask)
    return deposit.id


async def _paid(county: County, signed: dict[str, UUID]) -> dict[str, tuple[str, UUID]]:
    """Four contracts paid in full, with lessons and refunds in three states each."""
    supervisor = await county.principal("fund_supervisor")
    operator, guardian = await county.principal("operator"), await county.principal("guardian")
    today = usual_terms().start_on
    async with unit_of_work(supervisor.scope, "test.furnish") as session:
        for number, step in enumerate(_STEPS[:4]):
            payment = RecordPayment(signed[step], f"S0000{number}", 200_000, today)
            await record_payment(session, supervisor, payment)
    async with unit_of_work(operator.scope, "test.furnish") as session:
        wanted = RequestLesson(signed["Contract"], 1, today)
        lessons = [await request_lesson(session, operator, wanted) for _ in range(3)]
        lessons[1].status = LessonStatus.DISPUTED
        lessons[2].status = LessonStatus.CONFIRMED
    async with unit_of_work(guardian.scope, "test.furnish") as session:
        refunds = [
            await request_refund(session, guardian, RequestRefund(signed[step], "孩子转学"))
            for step in _STEPS[1:4]
        ]
        refunds[1].status = RefundStatus.DISPUTED
        refunds[2].status = RefundStatus.AGREED
    found = {"Lesson": lessons[0], "LessonDisputed": lessons[1], "LessonConfirmed": lessons[2]}
    back = {"Refund": refunds[0], "RefundDisputed": refunds[1], "RefundAgreed": refunds[2]}
    rows = {name: ("Lesson", row.id) for name, row in found.items()}
    return rows | {name: ("Refund", row.id) for name, row in back.items()}


async def _drafted(county: County, contract_id: UUID) -> dict[str, tuple[str, UUID]]:
    """A draft that waits for its signature, a payment, an order, and an alert."""
    operator = await county.principal("operator")
    async with unit_of_work(operator.scope, "test.furnish") as session:
        contract = await session.get_one(Contract, (county.number, contract_id))
        command = DraftContract(
            contract.institution_id, "guardian", "G610526201501018888", "素描", usual_terms()
        )
        draft = await draft_contract(session, operator, command)
        moment = now_of(session)
        assert contract.custody_account_id is not None
        alert = FundAlert(
            tenant_id=county.number,
            institution_id=contract.institution_id,
            custody_account_id=contract.custody_account_id,
            rule=AlertRule.BALANCE_BELOW_UNCONSUMED,
            level=AlertLevel.RED,
            status=AlertStatus.RAISED,
            balance_fen=0,
            liability_fen=100,
            raised_at=moment,
        )
        session.add(alert)
        await session.flush()
        payment = await session.scalar(select(ContractPayment.id).limit(1))
        order = await session.scalar(select(CustodyOrder.id).limit(1))
        assert payment is not None and order is not None
    return {
        "ContractDraft": ("Contract", draft.id),
        "FundAlert": ("FundAlert", alert.id),
        "ContractPayment": ("ContractPayment", payment),
        "CustodyOrder": ("CustodyOrder", order),
    }
