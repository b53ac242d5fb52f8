"""The closed door of the public: tenants by public code, clues by receipt."""

from typing import Any

from infra.errors import NotFound
from schema.context import Context
from schema.errors import Code, refused
from services.clues import queries
from services.clues.backoff import Backoff
from services.clues.intake import receipt_digest
from services.clues.rules import SECRET_BYTES, unspell
from tenants.directory import public_tenant
from tenants.scope import Scope
from tenants.session import reading

BACKOFF = Backoff()
_NOBODYS = bytes(SECRET_BYTES)


async def reporting_scope(_context: Context, arguments: dict[str, Any]) -> Scope:
    """The public scope of the tenant that `input.tenantCode` names. Raises NotFound."""
    number = await public_tenant(_value(arguments["input"], "tenant_code", "tenantCode"))
    if number is None:
        raise NotFound("input", "tenantCode")
    return Scope.public(number)


async def receipt_scope(
    context: Context, tenant_code: str, ticket_no: str, secret: str
) -> Scope | None:
    """The public scope that shows a receipt; None when there is no such tenant.

    Raises THROTTLED for an address that guessed too often at this ticket.
    """
    ticket = ticket_no.strip().upper()[:40]
    wait = BACKOFF.wait_s(context.address, ticket)
    if wait > 0:
        raise refused(Code.THROTTLED, wait_s=wait)
    number = await public_tenant(tenant_code)
    if number is None:
        return None
    digest = receipt_digest(number, ticket, unspell(secret) or _NOBODYS)
    return Scope.public(number, digest)


async def is_right(context: Context, scope: Scope, ticket_no: str) -> bool:
    """Whether the scope's receipt shows a clue; a wrong one counts against the address."""
    ticket = ticket_no.strip().upper()[:40]
    async with reading(scope) as session:
        found = await queries.shown(session) is not None
    (BACKOFF.right if found else BACKOFF.wrong)(context.address, ticket)
    return found


async def supplementing_scope(context: Context, arguments: dict[str, Any]) -> Scope:
    """The scope of `clueSupplement`. Raises NotFound."""
    given = arguments["input"]
    ticket = _value(given, "ticket_no", "ticketNo")
    scope = await receipt_scope(
        context,
        _value(given, "tenant_code", "tenantCode"),
        ticket,
        _value(given, "secret", "secret"),
    )
    if scope is None:
        raise NotFound("input", "tenantCode")
    if not await is_right(context, scope, ticket):
        raise NotFound("input", "secret")
    return scope


def _value(given: Any, python_name: str, name: str) -> str:
    if isinstance(given, dict):
        return str(given.get(name, given.get(python_name, "")))
    return str(getattr(given, python_name))
