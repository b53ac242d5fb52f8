"""The standing check of the books: asked for by the scheduler, done by a worker of the tenant."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.ledger.events import LedgerCheckDue
from services.ledger.invariants import check_books, ring_due_checks
from tenants.actors import actor
from tenants.duties import duty

TICK_S = 10.0

duty("ledger.check", every_s=TICK_S)(ring_due_checks)


@actor("ledger.check_due")
async def check_ledger(session: AsyncSession, _event: LedgerCheckDue) -> None:
    """Check the tenant's books; a second ring checks them once more, which does no harm."""
    await check_books(session)
