"""Books with one of everything that a client of the ledger can see."""

from sqlalchemy import select

from infra.ids import encode_id, new_id
from infra.money import Fen
from services.ledger import service
from services.ledger.models import AccountKind, Finding, LedgerState, LedgerStop
from services.ledger.service import Post
from tenants.session import unit_of_work
from tests.harness.county import County


async def kept_books(county: County) -> dict[str, str]:
    """Two accounts, a transfer, and a stop that is open in the records but stops nothing."""
    async with unit_of_work(county.scope, "test.furnish") as session:
        bank = await service.open_account(session, "furnished:bank", AccountKind.BANK)
        budget = await service.open_account(session, "furnished:budget", AccountKind.BUDGET)
        post = Post("furnished", bank.id, budget.id, Fen(12_345), "test.fund", "test", new_id())
        moved = await service.transfer(session, post)
        state = (await session.scalars(select(LedgerState))).one()
        stop = LedgerStop(
            tenant_id=county.number, id=new_id(), stopped_at=state.check_due_at,
            finding=Finding.ACCOUNT_SUMS, account_id=budget.id,
        )  # fmt: skip
        session.add(stop)
        await session.flush()
    rows = {"LedgerAccount": bank.id, "LedgerTransfer": moved.id, "LedgerStop": stop.id}
    return {name: encode_id(name, county.number, row) for name, row in rows.items()}
