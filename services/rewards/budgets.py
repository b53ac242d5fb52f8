"""Commands of the framework of rewards: a year's budget, and who is excluded."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.errors import DomainError, Fault
from infra.identifiers import Wrong, mobile
from infra.money import MOST_FEN, Fen
from infra.text import text_fault
from services.payments.models import BankAccountKind
from services.payments.queries import lock_account_by_no
from services.payments.service import OpenBankAccount, open_bank_account
from services.rewards import books, queries, rules
from services.rewards.errors import RewardErrorCode
from services.rewards.models import ExclusionReason, RewardBudget, RewardExclusion
from tenants.access import Permission, require
from tenants.principal import Principal


@dataclass(frozen=True)
class OpenBudget:
    """What may be spent in a year, by which document, paid from which bank account."""

    year: int
    total_fen: Fen
    document: str
    account_no: str
    bank_code: str


@dataclass(frozen=True)
class ExcludeReporter:
    """Whoever reports from this number gets no reward, and why."""

    phone: str = field(repr=False)
    reason: ExclusionReason


async def open_budget(
    session: AsyncSession, principal: Principal, command: OpenBudget
) -> RewardBudget:
    """Open a year's budget: its ledger accounts, the appropriation, the account it is paid from."""
    require(principal, Permission.REWARD_CONFIGURE)
    faults = [
        text_fault("document", command.document, 2, 200, "依据文件", "The document"),
        rules.account_fault(command.account_no, "accountNo"),
        rules.bank_fault(command.bank_code),
    ]
    if not 2000 <= command.year <= 2100:
        faults.append(
            Fault(
                RewardErrorCode.YEAR_INVALID,
                "年度应为 2000 至 2100",
                "A year from 2000 to 2100",
                ("year",),
            )
        )
    if not 0 < command.total_fen <= MOST_FEN:
        faults.append(
            Fault(
                RewardErrorCode.AMOUNT_OUT_OF_RANGE,
                "预算总额应大于零且不超过上限",
                "The total is above zero and within bounds",
                ("total",),
            )
        )
    if await queries.lock_budget(session, command.year) is not None:
        faults.append(
            Fault(
                RewardErrorCode.BUDGET_EXISTS,
                f"{command.year} 年奖励预算已设立",
                f"The budget of {command.year} is there already",
                ("year",),
            )
        )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    bank = await lock_account_by_no(session, command.account_no)
    if bank is None:
        bank = await open_bank_account(
            session,
            OpenBankAccount(
                command.account_no, command.bank_code, "举报奖金专户", BankAccountKind.REWARD
            ),
        )
    cash, budget_account = await books.open_accounts(session, command.year)
    budget = RewardBudget(
        tenant_id=principal.tenant_id,
        year=command.year,
        total_fen=command.total_fen,
        document=command.document.strip(),
        bank_account_id=bank.id,
        appropriation_account_id=cash,
        budget_account_id=budget_account,
    )
    session.add(budget)
    await session.flush()
    await books.appropriate(session, budget)
    return budget


async def exclude_reporter(
    session: AsyncSession, principal: Principal, command: ExcludeReporter
) -> RewardExclusion:
    """Enter a number into the exclusion list, as a digest; again changes the reason."""
    require(principal, Permission.REWARD_CONFIGURE)
    phone = mobile(command.phone)
    if isinstance(phone, Wrong):
        raise DomainError(Fault(RewardErrorCode.PHONE_INVALID, phone.zh, phone.en, ("phone",)))
    digest = crypto.mac("blind", str(principal.tenant_id).encode(), phone.encode())
    known = await queries.exclusion(session, digest)
    if known is not None:
        known.reason = command.reason
        await session.flush()
        return known
    entry = RewardExclusion(tenant_id=principal.tenant_id, phone_mac=digest, reason=command.reason)
    session.add(entry)
    await session.flush()
    return entry
