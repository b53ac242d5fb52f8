"""The door for compiled reads: context, rights check and answer in one statement, one trip."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from infra.database.engine import pool
from tenants.principal import Principal
from tenants.scope import Scope

PARAMETERS = 10
"""How many parameters the door's own part takes; the compiled text's begin after them."""

_OPEN = """
WITH s AS MATERIALIZED (
  SELECT set_config('app.account_id', $1::text, true), set_config('app.units', $2::text, true),
         set_config('app.receipt', $3::text, true), set_config('app.tenant_id', $4::text, true),
         set_config('app.tenant_lo', $5::text, true), set_config('app.tenant_hi', $6::text, true),
         set_config('app.tenant_in', $9::text, true),
         set_config('app.tenant_out', $10::text, true),
         set_config('app.now', n.now::text, true), n.now,
         $4::text::int AS tenant, $5::text::int AS lo, $6::text::int AS hi,
         $9::text::int[] AS moved_in, $10::text::int[] AS moved_out
  FROM (SELECT now() + coalesce((SELECT shift FROM clock_shift), '0') AS now) n)
SELECT f.fresh, CASE WHEN f.fresh THEN convert_to(("""

# As bytes: decoding a text into a string only to encode it again costs as much as a small read.
_CLOSE = """)::text, 'UTF8') END FROM s, LATERAL (SELECT {fresh} AS fresh OFFSET 0) f"""

# Only the rights check names `account`: role `public` may not read it at all.
_RIGHTS = (
    "EXISTS (SELECT 1 FROM account a WHERE a.tenant_id = s.tenant AND a.id = $1::text::uuid"
    " AND a.epoch = $7::int AND a.disabled_at IS NULL)"
    " AND ($8::timestamptz IS NULL OR s.now < $8::timestamptz)"
)
_NO_RIGHTS = "$7::int IS NULL AND $8::timestamptz IS NULL"


class StalePrincipal(Exception):
    """The principal's rights changed since it was loaded: load it again and compile anew."""


@lru_cache(maxsize=4_000)
def statement(select: str, has_rights: bool) -> str:
    """The whole statement around a compiled expression over `s`; joined once, it is long."""
    return _OPEN + select + _CLOSE.format(fresh=_RIGHTS if has_rights else _NO_RIGHTS)


@asynccontextmanager
async def raw_connection(scope: Scope) -> AsyncIterator[Any]:
    """A driver connection of the scope's role, for statements that carry their own context."""
    async with pool(scope.role).acquire() as connection:
        yield connection


async def read_json(
    connection: Any, scope: Scope, principal: Principal | None, select: str, values: list[Any]
) -> bytes | None:
    """Run a compiled read on a raw connection; the JSON in UTF-8, or None for an SQL null.

    Raises StalePrincipal when the principal's epoch or validity has passed.
    """
    text = statement(select, principal is not None)
    return _answer(await connection.fetchrow(text, *_arguments(scope, principal), *values))


async def read_prepared(
    connection: Any, scope: Scope, principal: Principal | None, select: str, values: list[Any]
) -> bytes | None:
    """The same by a statement that the connection keeps prepared: a third less driver time.

    For connections of `raw_connection` only, whose statements live as long as they do.
    """
    text = statement(select, principal is not None)
    kept = _PREPARED.get(connection)
    if kept is None:
        kept = _PREPARED[connection] = OrderedDict()
        # A statement holds its connection, so a weak dictionary would never lose it.
        connection.add_termination_listener(_forget)
    prepared = kept.get(text)
    if prepared is None:
        prepared = kept[text] = await connection.prepare(text)
        if len(kept) > _MOST_PREPARED:
            kept.popitem(last=False)
    else:
        kept.move_to_end(text)
    return _answer(await prepared.fetchrow(*_arguments(scope, principal), *values))


_MOST_PREPARED = 500
"""Statements of one connection; the server keeps a plan for each."""

_PREPARED: dict[Any, OrderedDict[str, Any]] = {}


def _forget(connection: Any) -> None:
    _PREPARED.pop(connection, None)


def _arguments(scope: Scope, principal: Principal | None) -> tuple[Any, ...]:
    account, units, receipt, tenant, lo, hi, moved_in, moved_out = scope.parameters
    epoch, until = (principal.epoch, principal.valid_until) if principal else (None, None)
    return account, units, receipt, tenant, lo, hi, epoch, until, moved_in, moved_out


def _answer(row: Any) -> bytes | None:
    if not row[0]:
        raise StalePrincipal
    answer: bytes | None = row[1]
    return answer
