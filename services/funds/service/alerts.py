"""Alerts about an institution's money: raised once while open, looked into, closed (SM-7e)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault
from infra.outbox import publish
from infra.text import text_fault
from services.deadlines import service as deadlines
from services.funds import books, policies, queries
from services.funds.deadlines import ALERT
from services.funds.errors import FundAlertErrorCode
from services.funds.events import FundAlertRaised
from services.funds.models import AlertLevel, AlertRule, AlertStatus, CustodyAccount, FundAlert
from services.metrics.service import record
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.policies import value
from tenants.principal import Principal
from tenants.session import now_of

RED_METRIC = "funds.alerts_red"
"""Red alerts that are open."""

_OPEN = (AlertStatus.RAISED, AlertStatus.INVESTIGATING)


@dataclass(frozen=True)
class AcknowledgeAlert:
    """Somebody looks into it."""

    alert_id: UUID


@dataclass(frozen=True)
class HandleAlert:
    """What came of it; `is_false_alarm`: nothing was wrong."""

    alert_id: UUID
    disposition: str
    is_false_alarm: bool


async def watch(session: AsyncSession, account: CustodyAccount) -> FundAlert | None:
    """Raise red when the bank holds less than is guardians' own, in the transaction that shows it.

    The bank's last word is compared, with what it cannot have stated yet taken into account. None
    while one is open, and for policy fund.alert.dedup_hours after the last was raised [N:pension].
    """
    stated = await queries.stated_balance(session, account)
    if stated is None:
        return None
    told, day = stated
    balance_fen = told + await queries.not_stated_yet(session, account, day)
    liability_fen = (await books.standing(session, account)).liability_fen
    if balance_fen >= liability_fen:
        return None
    rule = AlertRule.BALANCE_BELOW_UNCONSUMED
    moment = now_of(session)
    last = await queries.newest_alert(session, account.institution_id, rule)
    if last is not None:
        hours = await value(session, policies.ALERT_QUIET_HOURS, moment.astimezone(SHANGHAI).date())
        if last.status in _OPEN or moment < last.raised_at + timedelta(hours=int(hours)):
            return None
    alert = FundAlert(
        tenant_id=account.tenant_id,
        institution_id=account.institution_id,
        custody_account_id=account.id,
        rule=rule,
        level=AlertLevel.RED,
        status=AlertStatus.RAISED,
        balance_fen=balance_fen,
        liability_fen=liability_fen,
        raised_at=moment,
    )
    session.add(alert)
    await session.flush()
    await deadlines.start(session, ALERT, alert.id, await queries.post_in_charge(session))
    await record(session, RED_METRIC, numerator=1)
    await publish(session, FundAlertRaised(alert.tenant_id, alert.id, rule, AlertLevel.RED))
    return alert


async def acknowledge_alert(
    session: AsyncSession, principal: Principal, command: AcknowledgeAlert
) -> FundAlert:
    """Take an alert up. Raises NotFound, DomainError."""
    require(principal, Permission.FUND_ALERT_HANDLE)
    post_id = await acting_post(session, principal, Permission.FUND_ALERT_HANDLE)
    alert = await queries.lock_alert(session, command.alert_id)
    if alert.status != AlertStatus.RAISED:
        raise DomainError(_wrong_state("该预警已受理或已办结", "The alert is taken up already"))
    await _take_up(session, alert, post_id)
    return alert


async def handle_alert(
    session: AsyncSession, principal: Principal, command: HandleAlert
) -> FundAlert:
    """Close an alert with what came of it. Raises NotFound, DomainError."""
    require(principal, Permission.FUND_ALERT_HANDLE)
    post_id = await acting_post(session, principal, Permission.FUND_ALERT_HANDLE)
    alert = await queries.lock_alert(session, command.alert_id)
    faults = [text_fault("disposition", command.disposition, 2, 500, "处置情况", "The disposition")]
    if alert.status not in _OPEN:
        faults.append(_wrong_state("该预警已办结", "The alert is closed already"))
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    if alert.status == AlertStatus.RAISED:
        await _take_up(session, alert, post_id)
    alert.handled_at = now_of(session)
    alert.status = AlertStatus.FALSE_ALARM if command.is_false_alarm else AlertStatus.HANDLED
    alert.disposition = command.disposition.strip()
    alert.handled_by_post_id = post_id
    await session.flush()
    await record(session, RED_METRIC, numerator=-1)
    return alert


async def _take_up(session: AsyncSession, alert: FundAlert, post_id: UUID) -> None:
    alert.status = AlertStatus.INVESTIGATING
    alert.acknowledged_by_post_id = post_id
    alert.acknowledged_at = now_of(session)
    await session.flush()
    await deadlines.satisfy(session, ALERT, alert.id)


def _wrong_state(zh: str, en: str) -> Fault:
    return Fault(FundAlertErrorCode.WRONG_STATE, zh, en, ("id",))
