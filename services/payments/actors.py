"""Handing instructions to the bank, each paid once, and the daily comparison of accounts."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra import faults
from infra.clock import SHANGHAI
from infra.gateways.bank import (
    BankClash,
    BankState,
    BankStatus,
    BankUnanswered,
    PaymentOrder,
    gateway,
)
from infra.ids import new_id
from infra.outbox import publish
from services.notifications.rules import Template, code_of, speak
from services.notifications.service import notify_accounts
from services.payments import policies, queries, rules
from services.payments.events import BankMismatch, PaymentInstructed, ReconciliationFellDue
from services.payments.intake import reconcile
from services.payments.models import (
    BreakKind,
    PaymentAttempt,
    PaymentInstruction,
    PaymentOutcome,
    PaymentState,
)
from services.payments.service import ACCOUNT_COLUMN, NAME_COLUMN, settle
from tenants import keys
from tenants.access import Permission
from tenants.actors import Later, Steps, actor, external_actor
from tenants.duties import duty
from tenants.organisation import accounts_that_may
from tenants.policies import value
from tenants.scope import Scope
from tenants.session import now_of, unit_of_work

_LOOK_S = 30.0

speak(
    {
        BreakKind.LINE_UNKNOWN: "对账单有一笔我方不知",
        BreakKind.CONTENT_DIFFERS: "金额或账户不一致",
        BreakKind.DUPLICATE: "银行重复付款",
        BreakKind.INCOME_UNCLAIMED: "来款未认领",
        BreakKind.LINE_MISSING: "已付款未见于对账单",
        BreakKind.PAID_THOUGH_REFUSED: "银行拒付后又付款",
        BreakKind.UNRESOLVED: "银行迟迟未答复",
    }
)


@dataclass(frozen=True)
class _Begun:
    """What the first step found: the order, and either an attempt or a doubt about earlier ones."""

    order: PaymentOrder
    attempt_id: UUID | None
    was_taken: bool
    """The bank said once that it has the instruction."""


@external_actor("payment.instructed")
async def send_instruction(steps: Steps, event: PaymentInstructed) -> None:
    """Write the attempt, call outside any transaction, write the result with the delivery.

    An attempt without a final result may have been paid: the bank is asked by our id, as often as
    it takes, and only if it never heard of the instruction it is handed over again, under the same
    id. Raises Later while the bank does not answer or has not executed, BankClash for a person.
    """
    bank = gateway()
    begun = await _begin(steps, event.instruction_id)
    if begun is None:
        return
    attempt_id = begun.attempt_id
    if attempt_id is None:
        try:
            status = await bank.query(event.instruction_id)
        except BankUnanswered:
            raise await _look_again(steps, event.instruction_id, None, None) from None
        if status.state is not BankState.ABSENT:
            await _conclude(steps, event.instruction_id, None, status)
            return
        if begun.was_taken:
            raise BankClash("the bank forgot an instruction that it took")
        attempt_id = await _try_again(steps, event.instruction_id)
    await faults.point("before_call")
    try:
        status = await bank.instruct(begun.order)
    except BankUnanswered:
        raise await _look_again(
            steps, event.instruction_id, attempt_id, PaymentOutcome.UNKNOWN
        ) from None
    except BankClash:
        await _look_again(steps, event.instruction_id, attempt_id, PaymentOutcome.CLASH)
        raise
    await faults.point("after_call")
    await _conclude(steps, event.instruction_id, attempt_id, status)


@actor("bank.reconciliation_due")
async def reconcile_day(session: AsyncSession, event: ReconciliationFellDue) -> None:
    """Compare all accounts of the tenant, and say when they are next compared (§9)."""
    now = now_of(session)
    today = now.astimezone(SHANGHAI).date()
    await reconcile(session, None, today)
    hour = await value(session, policies.RECONCILE_HOUR, today)
    await queries.set_due(session, event.tenant_id, rules.next_due(now, hour))


@actor("bank.mismatch")
async def tell_mismatch(session: AsyncSession, event: BankMismatch) -> None:
    """Who reads the county's payments, and the bank that keeps the account, look into it (A6)."""
    accounts = {
        *await accounts_that_may(session, Permission.PAYMENT_READ),
        *await queries.seated_at(session, event.bank_account_id),
    }
    params = {"kind": code_of(event.break_kind)}
    await notify_accounts(
        session, event.tenant_id, sorted(accounts), Template.BANK_MISMATCH, params
    )


@duty("payments.reconciliation", every_s=_LOOK_S)
async def call_reconciliations() -> int:
    """Tell every tenant whose daily comparison is due; several schedulers tell it once."""
    async with unit_of_work(Scope.system(None), "payments.reconciliation") as session:
        due = await queries.fall_due(session)
        for tenant_id in due:
            await publish(session, ReconciliationFellDue(tenant_id))
    return len(due)


async def _begin(steps: Steps, instruction_id: UUID) -> _Begun | None:
    """Begin an attempt, or find that earlier ones are in doubt; None when it is settled."""
    async with steps.step() as session:
        instruction = await queries.lock_instruction(session, steps.tenant_id, instruction_id)
        is_settled = instruction.state in rules.FINAL
        if not is_settled:
            order = await _order(session, instruction)
            was_taken = instruction.state == PaymentState.PENDING
            earlier = await queries.mark_unanswered(session, steps.tenant_id, instruction_id)
            if PaymentOutcome.CLASH in earlier:
                raise BankClash(str(instruction_id))
            if earlier and not was_taken:
                instruction.state = PaymentState.UNKNOWN
            attempt = None if earlier else _attempt(session, instruction)
            return _Begun(order, attempt.id if attempt else None, was_taken)
    async with steps.last_step():
        return None


async def _try_again(steps: Steps, instruction_id: UUID) -> UUID:
    async with steps.step() as session:
        instruction = await queries.lock_instruction(session, steps.tenant_id, instruction_id)
        return _attempt(session, instruction).id


def _attempt(session: AsyncSession, instruction: PaymentInstruction) -> PaymentAttempt:
    if instruction.state == PaymentState.DRAFTED:
        instruction.state = PaymentState.SENT
    attempt = PaymentAttempt(
        tenant_id=instruction.tenant_id, id=new_id(), instruction_id=instruction.id
    )
    session.add(attempt)
    return attempt


async def _order(session: AsyncSession, instruction: PaymentInstruction) -> PaymentOrder:
    """What the bank is told; sealed values are open here alone."""
    tenant_id, row_id = instruction.tenant_id, instruction.id
    account = await queries.get_account(session, tenant_id, instruction.bank_account_id)
    assert account is not None  # noqa: S101 - a foreign key sees to it
    return PaymentOrder(
        instruction_id=row_id,
        from_account_no=account.account_no,
        to_account_no=await keys.unseal(
            session, tenant_id, ACCOUNT_COLUMN, row_id, instruction.payee_account
        ),
        to_name=await keys.unseal(session, tenant_id, NAME_COLUMN, row_id, instruction.payee_name),
        amount_fen=instruction.amount_fen,
        purpose=instruction.purpose,
    )


async def _conclude(
    steps: Steps, instruction_id: UUID, attempt_id: UUID | None, status: BankStatus
) -> None:
    """Write the bank's word; PENDING is asked about later. Raises Later."""
    if status.state is BankState.ABSENT:
        raise BankClash("the bank took an instruction and knows nothing of it")
    outcome = PaymentOutcome(status.state.value)
    if status.state is BankState.PENDING:
        raise await _look_again(steps, instruction_id, attempt_id, outcome)
    async with steps.last_step() as session:
        instruction = await queries.lock_instruction(session, steps.tenant_id, instruction_id)
        await settle(session, instruction, status)
        if attempt_id is not None:
            (await queries.get_attempt(session, steps.tenant_id, attempt_id)).outcome = outcome


async def _look_again(
    steps: Steps, instruction_id: UUID, attempt_id: UUID | None, outcome: PaymentOutcome | None
) -> Later:
    """Write what is known so far and return when the bank is to be asked again."""
    async with steps.step() as session:
        instruction = await queries.lock_instruction(session, steps.tenant_id, instruction_id)
        if attempt_id is not None:
            (await queries.get_attempt(session, steps.tenant_id, attempt_id)).outcome = outcome
        if instruction.state not in rules.FINAL:
            if outcome is PaymentOutcome.PENDING:
                instruction.state = PaymentState.PENDING
            elif instruction.state != PaymentState.PENDING:
                instruction.state = PaymentState.UNKNOWN
            instruction.inquiries += 1
        return Later(rules.pause_s(instruction.inquiries - 1))
