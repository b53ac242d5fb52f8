"""A county with a licensed institution, its custody account, a guardian and a simulated bank."""

import time
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from infra.clock import SHANGHAI
from infra.gateways.bank import HttpBankGateway
from infra.gateways.bank.simulator import Bank
from services.funds.models import CustodyKind
from services.funds.rules import Terms
from services.funds.service.contracts import (
    DraftContract,
    SignContract,
    draft_contract,
    sign_contract,
)
from services.funds.service.custody import (
    FileCustodyAccount,
    OpenCustodyAccount,
    file_custody_account,
    open_custody_account,
)
from services.funds.service.lessons import ConfirmLesson, RequestLesson, confirm_lesson
from services.funds.service.lessons import request_lesson as ask_lesson
from services.funds.service.refunds import RequestRefund
from services.funds.service.refunds import request_refund as ask_refund
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import InstitutionCategory, ListKind, ListReason
from services.institutions.service import (
    RecordLicence,
    RegisterInstitution,
    record_licence,
    register_institution,
    seat_operator,
)
from services.ledger.service import trial_balance
from services.payments.intake import ImportStatement, import_statement
from tenants.access import RoleCode
from tenants.organisation import add_account, add_post, hold_post
from tenants.session import reading, unit_of_work
from tests.harness.clockwork import set_clock, settle
from tests.harness.county import SINCE, County
from tests.services.institutions.codes import uscc
from tests.services.payments.paying import Clock

CUSTODY_NO = "6105260000100"
SETTLEMENT_NO = "6105260000200"
GUARDIAN_NO = "6217000000000001"
CHILD = "G610526201501010011"
BEFORE = "2026-03-02 08:00"
START = "2026-03-02 09:00"

TERMS = Terms(
    InstitutionCategory.NON_SUBJECT_ARTS,
    hours=40,
    gift_hours=0,
    unit_price_fen=10_000,
    total_fen=400_000,
    start_on=date(2026, 3, 2),
    ends_on=date(2026, 5, 29),
)


async def open_seller(
    county: County, number: int = 1, operator: str = "operator", unit: str = "school1"
) -> UUID:
    """A licensed, white-listed institution that an account operates."""
    officer, leader = await county.principal("county_officer"), await county.principal("leader")
    async with unit_of_work(officer.scope, "test") as session:
        institution = await register_institution(
            session,
            officer,
            RegisterInstitution(
                uscc(number),
                f"第{number}艺术培训中心",
                InstitutionCategory.NON_SUBJECT_ARTS,
                county.units[unit],
            ),
        )
        licence = RecordLicence(institution.id, 1, f"教民16105267000{number:04d}", date(2099, 1, 1))
        await record_licence(session, officer, licence)
        await seat_operator(session, officer, institution.id, county.accounts[operator])
    async with unit_of_work(leader.scope, "test") as session:
        entry = AddListEntry(institution.id, ListKind.WHITE, ListReason.COMPLIANT, "白名单第1批")
        await add_entry(session, leader, entry)
    return institution.id


async def open_custody(county: County, institution_id: UUID, number: str = CUSTODY_NO) -> UUID:
    """A custody account that is filed."""
    supervisor = await county.principal("fund_supervisor")
    async with unit_of_work(supervisor.scope, "test") as session:
        account = await open_custody_account(
            session,
            supervisor,
            OpenCustodyAccount(
                institution_id, CustodyKind.CUSTODY, "CCB", number, "某机构托管户", SETTLEMENT_NO,
                "某机构",
            ),
        )  # fmt: skip
        command = FileCustodyAccount(account.id, "蒲教监管备2026-1号")
        await file_custody_account(session, supervisor, command)
    return account.id


async def add_person(county: County, name: str, role: RoleCode, unit: str = "bureau") -> None:
    """One more account with a post."""
    async with unit_of_work(county.scope, "test") as session:
        post = await add_post(session, county.units[unit], name, name, role)
        account = await add_account(session, name)
        await hold_post(session, post.id, account.id, SINCE)
    county.posts[name], county.accounts[name] = post.id, account.id


async def sign(
    county: County,
    institution_id: UUID,
    guardian: str = "guardian",
    operator: str = "operator",
    terms: Terms = TERMS,
    child: str = CHILD,
) -> UUID:
    """A contract that is drafted and signed."""
    seller, parent = await county.principal(operator), await county.principal(guardian)
    async with unit_of_work(seller.scope, "test") as session:
        draft = DraftContract(institution_id, guardian, child, "硬笔书法", terms)
        contract = await draft_contract(session, seller, draft)
    async with unit_of_work(parent.scope, "test") as session:
        await sign_contract(session, parent, SignContract(contract.id, GUARDIAN_NO, "某家长"))
    return contract.id


@dataclass
class Fund:
    """An institution's money: what is signed, paid and asked for, and what the bank says."""

    county: County
    admin: asyncpg.Connection
    bank: Bank
    clock: Clock
    institution_id: UUID
    account_id: UUID
    serials: list[str] = field(default_factory=list)

    async def at(self, moment: str) -> None:
        """Let the domain's clock and the bank's show a moment of legal time."""
        await set_clock(self.admin, moment)
        wanted = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
        self.clock.ahead = wanted.timestamp() - time.time()

    async def sign(self, **options: Any) -> UUID:
        """A signed contract."""
        return await sign(self.county, self.institution_id, **options)

    async def pay(self, contract_id: UUID, fen: int = 400_000) -> None:
        """The guardian pays at the bank, and the bank's statement of the day is imported."""
        told = ("某家长", f"学费 {contract_id}")
        self.serials.append(self.bank.books.receive(CUSTODY_NO, fen, *told))
        await self.state()

    async def state(self) -> None:
        """Import the bank's statement of the day and have everybody react."""
        day = datetime.fromtimestamp(self.clock(), SHANGHAI).date()
        csv = await HttpBankGateway(self.bank.url).statement(CUSTODY_NO, day)
        finance = await self.county.principal("finance")
        async with unit_of_work(finance.scope, "test") as session:
            await import_statement(session, finance, ImportStatement(CUSTODY_NO, csv))
        await settle()

    async def active(self, **options: Any) -> UUID:
        """A contract that is paid in full."""
        contract_id = await self.sign(**options)
        await self.pay(contract_id, options.get("terms", TERMS).total_fen)
        return contract_id

    async def request(self, contract_id: UUID, hours: int = 1, on: date | None = None) -> UUID:
        """The institution asks for hours to be confirmed."""
        operator = await self.county.principal("operator")
        async with unit_of_work(operator.scope, "test") as session:
            command = RequestLesson(contract_id, hours, on or TERMS.start_on)
            return (await ask_lesson(session, operator, command)).id

    async def confirm(self, lesson_id: UUID) -> None:
        """The guardian confirms."""
        guardian = await self.county.principal("guardian")
        async with unit_of_work(guardian.scope, "test") as session:
            await confirm_lesson(session, guardian, ConfirmLesson(lesson_id))

    async def ask_back(self, contract_id: UUID, fen: int | None = None) -> UUID:
        """The guardian asks for a refund."""
        guardian = await self.county.principal("guardian")
        async with unit_of_work(guardian.scope, "test") as session:
            command = RequestRefund(contract_id, "孩子转学", fen)
            return (await ask_refund(session, guardian, command)).id

    async def column(self, table: str, column: str, row_id: UUID) -> Any:
        """A value of a row."""
        return await self.admin.fetchval(f"SELECT {column} FROM {table} WHERE id = $1", row_id)

    async def status(self, table: str, row_id: UUID) -> str:
        """The state of a row."""
        return str(await self.column(table, "status", row_id))

    async def inbox(self, who: str) -> list[str]:
        """Templates of an account's messages, the oldest first."""
        rows = await self.admin.fetch(
            "SELECT template FROM message WHERE account_id = $1 ORDER BY id",
            self.county.accounts[who],
        )
        return [row["template"] for row in rows]

    async def balances(self) -> dict[str, int]:
        """Balances of the ledger by the end of the account's code."""
        async with reading(self.county.scope) as session:
            trial = await trial_balance(session)
        assert trial.debits_fen == trial.credits_fen
        short = {row.code.rsplit(":", 1)[-1]: int(row.balance_fen) for row in trial.rows}
        return short

    async def figures(self) -> dict[str, int]:
        """What was recorded of the figures of funds."""
        rows = await self.admin.fetch(
            "SELECT metric, sum(numerator)::bigint AS n FROM ("
            " SELECT metric, numerator FROM metric_delta UNION ALL"
            " SELECT metric, numerator FROM metric_total) m GROUP BY 1"
        )
        return {
            row["metric"]: row["n"] for row in rows if row["metric"].startswith(("fund", "ref"))
        }

    async def agree(self) -> None:
        """The bank holds what the books say, and nothing waits."""
        assert self.bank.books.balances[CUSTODY_NO] == (await self.balances())["cash"]
        assert await self.admin.fetchval("SELECT count(*) FROM delivery") == 0
        waiting = "SELECT sum(pending_debit_fen + pending_credit_fen) FROM ledger_account"
        assert await self.admin.fetchval(waiting) == 0


async def open_fund(county: County, admin: asyncpg.Connection, bank: Bank, clock: Clock) -> Fund:
    """The county on 2 March 2026, with everything an institution needs to sell."""
    bank.books.open_account(CUSTODY_NO, "某机构托管户", 0)
    await set_clock(admin, BEFORE)
    institution_id = await open_seller(county)
    account_id = await open_custody(county, institution_id)
    fund = Fund(county, admin, bank, clock, institution_id, account_id)
    await fund.at(START)
    return fund


def longer(**changes: Any) -> Terms:
    """The usual terms with changes; the total follows hours and price."""
    made = replace(TERMS, **changes)
    return replace(made, total_fen=made.hours * made.unit_price_fen)
