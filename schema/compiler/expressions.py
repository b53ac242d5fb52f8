"""SQLAlchemy says what, text says where: expressions rendered once with a placeholder row."""

from functools import lru_cache
from typing import Any

from graphql import GraphQLError
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import literal_column
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from infra.database.base import Kind, Sensitivity
from infra.database.roles import Role
from infra.ids import OPAQUE_ID_SQL
from schema.compiler.sources import NodeDefinition
from tenants.scope import Scope

ROW = '"$row"'
"""The placeholder of a row's alias; no GraphQL name can be spelt like it."""

MAX_KEY_BYTES = 63
"""PostgreSQL cuts longer identifiers silently."""

_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_OPEN_TO = {
    Role.SUPERVISOR: {Sensitivity.PUBLIC, Sensitivity.INTERNAL},
    Role.PUBLIC: {Sensitivity.PUBLIC},
}


def clause(expression: Any) -> Any:
    """The core element behind an ORM attribute."""
    found = getattr(expression, "__clause_element__", None)
    return found() if found else expression


@lru_cache(maxsize=10_000)
def render(expression: Any, table: Table) -> str:
    """The expression's text with the table's own columns taken from the placeholder row.

    A sub-select over the row's own table needs `aliased()`, else its columns are taken for
    the row's. Values are constants of a declaration, never a user's.
    """

    def place(element: Any, **_kw: Any) -> Any:
        if isinstance(element, ColumnClause) and _plain(element.table) is table:
            return literal_column(f'{ROW}."{element.name}"', element.type)
        return None

    placed = replacement_traverse(clause(expression), {}, place)
    return str(placed.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


_visible: dict[tuple[Any, ...], str] = {}


def visibility(target: NodeDefinition, scope: Scope) -> str:
    """The text of a type's `visible(scope)`, which may depend on the scope's shape alone."""
    key = (target.table.name, target.visible, scope.shape)
    if key not in _visible:
        _visible[key] = render(target.visible(scope), target.table)
    return _visible[key]


def _plain(owner: Any) -> Any:
    """The table itself behind the ORM's annotated copy."""
    return owner._deannotate() if getattr(owner, "_annotations", None) else owner


def own_columns(expression: Any) -> list[Any]:
    """The table columns an expression reads, those of its sub-selects included."""
    return [
        element
        for element in iterate(clause(expression))
        if isinstance(element, ColumnClause) and isinstance(_plain(element.table), Table)
    ]


def readable_table(table: Table, role: Role) -> bool:
    """Whether a role was granted SELECT on the table at all (see tenants.rls)."""
    if role not in _OPEN_TO or table.info["kind"] is Kind.REFERENCE:
        return True
    if role is Role.SUPERVISOR:
        return bool(table.info["supervised"])
    return "select" in table.info["public"]


def readable(expression: Any, role: Role) -> bool:
    """Whether a role was granted every column of an expression.

    Asked before SQL is built: one column without a grant would fail the whole statement.
    """
    if role not in _OPEN_TO:
        return True
    return all(
        readable_table(_plain(column.table), role)
        and (
            _plain(column.table).info["kind"] is Kind.REFERENCE
            or column.info.get("sensitivity") in _OPEN_TO[role]
        )
        for column in own_columns(expression)
    )


def at(text: str, row: str) -> str:
    """The rendered text for a concrete row alias."""
    return text.replace(ROW, row)


def opaque_id(type_name: str, tenant: str, row_id: str) -> str:
    """SQL twin of `infra.ids.encode_id`."""
    return OPAQUE_ID_SQL.format(type=type_name, tenant=tenant, id=row_id)


def encode(scalar: str, text: str) -> str:
    """The text of a scalar's wire form."""
    match scalar:
        case "DateTime":
            # A fixed offset: the zone's own history knows summer times, the API does not.
            legal = f"({text}) AT TIME ZONE interval '8 hours'"
            return f'to_char({legal}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"+08:00"\')'
        case "Date":
            return f"to_char({text}, 'YYYY-MM-DD')"
        case "Money":
            return f"to_char(({text}) / 100.0, 'FM999999999999999990.00')"
        case "Percent":
            return f"to_char(round(({text})::numeric, 2), 'FM999999999999990.00')"
        case _:
            return f"({text})"


def sql_type(expression: Any) -> str:
    """The name of an expression's type, as a parameter for it is cast."""
    return str(clause(expression).type.compile(dialect=_DIALECT))


def json_row(parts: list[str], source: str = "") -> str:
    """One object of named parts, over `source` when they read from one.

    `$` as a column would be taken for the row, so no part is ever named so.
    """
    if not parts:
        return "'{}'::json"
    origin = f" FROM {source}" if source else ""
    return f'(SELECT to_json("$") FROM (SELECT {", ".join(parts)}{origin}) "$")'  # noqa: S608


def named_part(text: str, key: str, details: list[Any]) -> str:
    """A value under its response name. Raises GraphQLError for a name PostgreSQL would cut."""
    if len(key) > MAX_KEY_BYTES:
        raise GraphQLError(
            f"a response name may have {MAX_KEY_BYTES} characters; 响应名过长",
            [detail.node for detail in details],
            extensions={"code": "BAD_USER_INPUT"},
        )
    return f'{text} AS "{key}"'
