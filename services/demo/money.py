"""The demonstration's money: reward scheme and budget, custody accounts, whoever acts for them.

Every account and number here is made up; of 江津 the documents say that every institution is
supervised (S3-8), of 永川 that a reward is 200 to 2000 yuan (S3-12).
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from infra.clock import SHANGHAI
from infra.gateways.bank.simulator import open_accounts_at
from infra.money import Fen
from infra.settings import settings
from services.demo.places import TenantSeed
from services.funds.models import CustodyKind
from services.funds.service.custody import (
    FileCustodyAccount,
    OpenCustodyAccount,
    file_custody_account,
    open_custody_account,
)
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import Institution, ListKind, ListReason
from services.institutions.service import RecordLicence, record_licence, seat_operator
from services.rewards.budgets import OpenBudget, open_budget
from services.rewards.policies import SCHEME
from tenants import policies, principal
from tenants.principal import Principal
from tenants.scope import scope_setting
from tenants.session import unit_of_work

BANK = "CCB"
BUDGET = Fen(10_000_000)
LICENSED_UNTIL = date(2099, 12, 31)


def account_no(tenant: TenantSeed, serial: int) -> str:
    """A made-up account number of a place; 1 is the reward account, custody begins at 101."""
    return f"9{tenant.number:08}{serial:06}"


async def furnish(tenant: TenantSeed, staff: dict[str, UUID], rows: Sequence[Institution]) -> None:
    """What a place needs to reward and to supervise fees, and the same accounts at the bank."""
    leader = await _principal(tenant, staff["leader"])
    supervisor = await _principal(tenant, staff["fund_supervisor"])
    officer = await _principal(tenant, staff["county_officer"])
    numbers = []
    if tenant.rewards:
        await _reward(tenant, leader)
        numbers.append((account_no(tenant, 1), "举报奖金专户", int(BUDGET)))
    if rows:
        await _license(tenant, officer, leader, staff["operator"], rows[0])
    supervised = rows if tenant.supervises_all else rows[:1]
    async with unit_of_work(supervisor.scope, "demo.custody") as session:
        for place, row in enumerate(supervised):
            number = account_no(tenant, 101 + place)
            account = await open_custody_account(
                session,
                supervisor,
                OpenCustodyAccount(
                    row.id, CustodyKind.CUSTODY, BANK, number, f"托管户（示范{place + 1}号）",
                    account_no(tenant, 500_001 + place), f"示范{place + 1}号机构",
                ),
            )  # fmt: skip
            filed = FileCustodyAccount(account.id, f"监管备示范{place + 1}号")
            await file_custody_account(session, supervisor, filed)
            numbers.append((number, "托管户", 0))
    if (bank := settings().bank_url) is not None:
        await open_accounts_at(bank, numbers)


async def _reward(tenant: TenantSeed, leader: Principal) -> None:
    async with unit_of_work(leader.scope, "demo.rewards") as session:
        now = (await session.execute(select(scope_setting("app.now", "timestamptz")))).scalar_one()
        year = now.astimezone(SHANGHAI).year
        bounds = {"min_fen": 20_000, "max_fen": 200_000}
        since = date(year - 1, 1, 1)
        await policies.set_value(session, SCHEME, bounds, since, "S3-12 “200至2000元的奖励”")
        for budgeted in (year, year + 1):
            budget = OpenBudget(budgeted, BUDGET, "示范预算", account_no(tenant, 1), BANK)
            await open_budget(session, leader, budget)


async def _license(
    tenant: TenantSeed, officer: Principal, leader: Principal, operator: UUID, row: Institution
) -> None:
    """The first institution may sell: licensed, on the white list, with somebody acting for it."""
    async with unit_of_work(officer.scope, "demo.licence") as session:
        licence = RecordLicence(row.id, 1, f"教民1{tenant.division_code}0000001", LICENSED_UNTIL)
        await record_licence(session, officer, licence)
        await seat_operator(session, officer, row.id, operator)
    async with unit_of_work(leader.scope, "demo.white_list") as session:
        entry = AddListEntry(row.id, ListKind.WHITE, ListReason.COMPLIANT, "示范白名单第1批")
        await add_entry(session, leader, entry)


async def _principal(tenant: TenantSeed, account_id: UUID) -> Principal:
    loaded = await principal.load(tenant.number, account_id)
    if loaded is None:
        raise RuntimeError(f"{tenant.public_code}: the account holds no post")
    return loaded
