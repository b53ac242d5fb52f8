"""Money moves through the ledger's functions alone, and these keep to the tenant they serve."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError
from infra.ids import new_id
from infra.money import Fen
from services.ledger import service
from services.ledger.models import AccountKind
from services.ledger.service import Post
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import County

FORGED = {
    "a balance": (
        "UPDATE ledger_account SET posted_credit_fen = posted_credit_fen + 1 WHERE code = 'budget'"
    ),
    "a bound": "UPDATE ledger_account SET net_max_fen = NULL",
    "an account gone": "DELETE FROM ledger_account",
    "a transfer changed": "UPDATE ledger_transfer SET amount_fen = amount_fen + 1",
    "a transfer gone": "DELETE FROM ledger_transfer",
    "a transfer out of nothing": (
        "INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, credit_account_id,"
        " amount_fen, kind, ref_kind, ref_id, phase, booked_at, effective_on, key, input_hash)"
        " SELECT tenant_id, gen_random_uuid(), credit_account_id, debit_account_id, amount_fen,"
        " kind, ref_kind, ref_id, phase, booked_at, effective_on, 'forged', input_hash"
        " FROM ledger_transfer WHERE phase = 'SINGLE' LIMIT 1"
    ),
}


async def keep_books(county: County) -> dict[str, UUID]:
    """A bank, and a budget of 1,005 fen in two transfers, of which 100 are set aside."""
    async with unit_of_work(county.scope, "test.books") as session:
        ids = {
            name: (await service.open_account(session, name, kind)).id
            for name, kind in (("bank", AccountKind.BANK), ("budget", AccountKind.BUDGET))
        }
        await service.transfer(session, _post(ids["bank"], ids["budget"], 1_000))
        ids["more"] = (await service.transfer(session, _post(ids["bank"], ids["budget"], 5))).id
        ids["held"] = (await service.hold(session, _post(ids["budget"], ids["bank"], 100))).id
    return ids


def _post(debit: UUID, credit: UUID, amount: int) -> Post:
    return Post(str(new_id()), debit, credit, Fen(amount), "test.move", "test", new_id())


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("who", ["api", "worker"])
async def test_the_application_cannot_write_the_books_itself(
    county: County, admin: asyncpg.Connection, who: str, forged: str
) -> None:
    await keep_books(county)
    scope = county.scope if who == "api" else Scope.system(county.number)

    async def forge() -> None:
        async with unit_of_work(scope, "test.forge") as session:
            await session.execute(text(FORGED[forged]))

    with pytest.raises(ProgrammingError, match="permission denied for table ledger_"):
        await forge()
    # The control: it is the grant that is missing.
    verb, _, rest = FORGED[forged].partition(" ")
    table = rest.removeprefix("INTO ").removeprefix("FROM ").split()[0]
    await admin.execute(f"GRANT {verb} ON {table} TO {scope.role}")
    await forge()


ACROSS: dict[str, Callable[[AsyncSession, dict[str, UUID], dict[str, UUID]], Awaitable[object]]] = {
    "from the other": lambda s, own, other: service.transfer(
        s, _post(other["budget"], own["bank"], 1)
    ),
    "to the other": lambda s, own, other: service.transfer(
        s, _post(own["budget"], other["bank"], 1)
    ),
    "within the other": lambda s, own, other: service.transfer(
        s, _post(other["budget"], other["bank"], 1)
    ),
    "in a batch": lambda s, own, other: service.transfer_batch(
        s, [_post(own["bank"], own["budget"], 1), _post(other["bank"], own["budget"], 1)]
    ),
    "set aside": lambda s, own, other: service.hold(s, _post(other["budget"], other["bank"], 1)),
    "posted": lambda s, own, other: service.post_pending(s, str(new_id()), other["held"]),
    "given free": lambda s, own, other: service.void_pending(s, str(new_id()), other["held"]),
    "taken back": lambda s, own, other: service.reverse(
        s, str(new_id()), other["more"], "entered.wrongly"
    ),
}


@pytest.mark.parametrize("way", ACROSS)
async def test_the_functions_know_no_other_tenant(
    county: County, other_county: County, admin: asyncpg.Connection, way: str
) -> None:
    """They run without row security: what keeps them is that every statement names the tenant."""
    own, other = await keep_books(county), await keep_books(other_county)
    books = "SELECT a::text FROM ledger_account a UNION ALL SELECT t::text FROM ledger_transfer t"
    before = await admin.fetch(f"{books} ORDER BY 1")
    with pytest.raises(DomainError) as refused:
        async with unit_of_work(county.scope, "test.across") as session:
            await ACROSS[way](session, own, other)
    assert refused.value.faults[0].code.value in ("ACCOUNT_UNKNOWN", "TRANSFER_UNKNOWN")
    assert await admin.fetch(f"{books} ORDER BY 1") == before
    # The control: as the other county it is done.
    async with unit_of_work(other_county.scope, "test.home") as session:
        await ACROSS[way](session, other, other)
