"""SQLAlchemy says what, text says where: expressions rendered once with a placeholder row."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import literal_column
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.visitors import replacement_traverse

from infra.ids import OPAQUE_ID_SQL

ROW = '"$row"'
"""The placeholder of a row's alias; no GraphQL name can be spelt like it."""

_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


@lru_cache(maxsize=10_000)
def render(expression: Any, table: Table) -> str:
    """The expression's text with the table's own columns taken from the placeholder row.

    A sub-select over the row's own table needs `aliased()`, else its columns are taken for
    the row's. Values are constants of a declaration, never a user's.
    """
    clause = expression.__clause_element__() if hasattr(expression, "__clause_element__") else (
        expression
    )

    def place(element: Any, **_kw: Any) -> Any:
        if isinstance(element, ColumnClause) and _plain(element.table) is table:
            return literal_column(f'{ROW}."{element.name}"', element.type)
        return None

    placed = replacement_traverse(clause, {}, place)
    text = str(placed.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
    return text.replace("%%", "%")


def _plain(owner: Any) -> Any:
    """The table itself behind the ORM's annotated copy."""
    return owner._deannotate() if getattr(owner, "_annotations", None) else owner


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
            shanghai = f"({text}) AT TIME ZONE 'Asia/Shanghai'"
            return f"to_char({shanghai}, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+08:00\"')"
        case "Date":
            return f"to_char({text}, 'YYYY-MM-DD')"
        case "Money":
            return f"trim(to_char(({text}) / 100.0, 'FM999999999999999990.00'))"
        case "Percent":
            return f"trim(to_char(round(({text})::numeric, 2), 'FM999999999999990.00'))"
        case _:
            return f"({text})"
