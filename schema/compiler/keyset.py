"""Orders and cursors: a row's place is its sort key, tenant and id, all in one direction."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import desc_op
from sqlalchemy.types import TypeEngine

from schema.compiler.expressions import at, clause, render, sql_type
from schema.compiler.sources import NodeDefinition
from schema.errors import Code, refused

MAX_CURSOR = 4_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPAQUE = re.compile(r"[A-Za-z0-9_-]+")


class _Odd(ValueError):
    """A cursor's part is not what its key's type holds."""


def _exactly(*types: type) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        # A bool is an int to isinstance, not to a column.
        if type(value) not in types or (isinstance(value, str) and "\x00" in value):
            raise _Odd
        return value

    return parse


def _int(value: Any, bits: int = 64) -> int:
    found: int = _exactly(int)(value)
    if not -(2 ** (bits - 1)) <= found < 2 ** (bits - 1):
        raise _Odd
    return found


def _decimal(value: Any) -> Decimal:
    found = Decimal(_exactly(str)(value))
    if not found.is_finite():
        raise _Odd
    return found


# How each type's values stand in a cursor, exactly, and how they are read back.
_CODECS: tuple[tuple[type[TypeEngine[Any]], str, Callable[[Any], Any]], ...] = (
    (Text, "{}", _exactly(str)),
    (BigInteger, "{}", _int),
    (Integer, "{}", lambda value: _int(value, 32)),
    (Uuid, "{}::text", lambda value: UUID(_exactly(str)(value))),
    (Boolean, "{}", _exactly(bool)),
    (Numeric, "({})::text", _decimal),
    (Date, "({})::text", lambda value: date.fromisoformat(_exactly(str)(value))),
    (
        DateTime,
        "(extract(epoch FROM {}) * 1000000)::bigint",
        lambda value: _EPOCH + timedelta(microseconds=_int(value)),
    ),
    (LargeBinary, "encode({}, 'hex')", lambda value: bytes.fromhex(_exactly(str)(value))),
)


@dataclass(frozen=True)
class Key:
    """One key of an order: its text over the placeholder row and how it travels."""

    text: str
    type: str
    written: str
    parse: Callable[[Any], Any]


@dataclass(frozen=True)
class Order:
    """Keys that no two rows share; `signature` tells cursors of other orders apart."""

    keys: tuple[Key, ...]
    descending: bool
    signature: str

    def by(self, row: str, *, reverse: bool) -> str:
        """The ORDER BY list for a row alias."""
        word = " DESC" if self.descending != reverse else ""
        return ", ".join(at(key.text, row) + word for key in self.keys)

    def cursor(self, row: str) -> str:
        """The text of a row's cursor: base64url of a JSON array, made in SQL."""
        written = ", ".join(at(key.written, row) for key in self.keys)
        array = f"json_build_array('{self.signature}', {written})::text"
        return f"translate(encode(convert_to({array}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"

    def beyond(self, row: str, bound: list[str], *, after: bool) -> str:
        """The condition that a row lies after (or before) the bound keys."""
        sign = ">" if after != self.descending else "<"
        keys = ", ".join(at(key.text, row) for key in self.keys)
        return f"({keys}) {sign} ({', '.join(bound)})"

    def decode(self, cursor: str, node: Any) -> list[Any]:
        """The keys of a cursor of ours. Raises BAD_CURSOR for anything else."""
        try:
            if len(cursor) > MAX_CURSOR or not _OPAQUE.fullmatch(cursor):
                raise _Odd
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            signature, *values = orjson.loads(raw)
            if signature != self.signature or len(values) != len(self.keys):
                raise _Odd
            return [key.parse(value) for key, value in zip(self.keys, values, strict=True)]
        except (ValueError, TypeError, InvalidOperation, OverflowError, binascii.Error):
            raise refused(
                Code.BAD_CURSOR, "not a cursor of this list and order; 游标不属于此列表或排序", node
            ) from None


def order_of(
    target: NodeDefinition, expressions: tuple[Any, ...], descending: bool | None
) -> Order:
    """The order by these expressions, tenant and id; `descending` None keeps their own direction.

    Raises TypeError when the expressions run in different directions or are of a type whose
    values cannot travel in a cursor.
    """
    plain = [_undirected(expression) for expression in expressions]
    directions = {is_descending for _, is_descending in plain} or {False}
    if len(directions) > 1:
        raise TypeError("an order runs in one direction")
    table = target.table
    keys = [_key(expression, table) for expression, _ in plain]
    keys += [_key(table.c[name], table) for name in (target.tenant_column, target.id_column)]
    unique = tuple({key.text: key for key in keys}.values())
    runs_down = directions.pop() if descending is None else descending
    digest = sha256("|".join([table.name, str(runs_down), *(k.text for k in unique)]).encode())
    return Order(unique, runs_down, digest.hexdigest()[:8])


def _undirected(expression: Any) -> tuple[Any, bool]:
    core = clause(expression)
    if isinstance(core, UnaryExpression) and core.modifier is desc_op:
        return core.element, True
    return core, False


def _key(expression: Any, table: Table) -> Key:
    core = clause(expression)
    for type_, written, parse in _CODECS:
        if isinstance(core.type, type_):
            text = render(core, table)
            return Key(text, sql_type(core), written.format(text), parse)
    raise TypeError(f"{core.type} cannot stand in a cursor")
