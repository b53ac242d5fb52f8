"""Declarations: where a GraphQL field's value comes from, said once beside the field."""

import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import SQLColumnExpression

from infra.ids import decode_id
from schema.pagination import First, OpaqueId, Words
from tenants.access import Permission
from tenants.scope import Scope, Visibility

T = TypeVar("T")
SOURCE = "wangge.source"


@dataclass(frozen=True, eq=False)
class Column:
    """A value computed in SQL from the row; `otherwise` replaces it without the permission."""

    expression: Any
    requires: Permission | None = None
    otherwise: Any = None


@dataclass(frozen=True, eq=False)
class Relation:
    """Rows of another type, along the composite foreign key that the attribute ends."""

    attribute: InstrumentedAttribute[Any]
    many: bool
    where: ColumnElement[bool] | None = None
    order: tuple[Any, ...] = ()
    search: "Search | None" = None
    requires: Permission | None = None


@dataclass(frozen=True, eq=False)
class Root:
    """Rows of a type on Query: by id, or as a connection."""

    many: bool
    where: ColumnElement[bool] | None = None
    order: tuple[Any, ...] = ()
    search: "Search | None" = None
    requires: Permission | None = None
    filter: "Filter | None" = None


@dataclass(frozen=True, eq=False)
class Embedded:
    """An object without a row of its own: its fields are expressions over our row."""

    fields: dict[str, Any]
    requires: Permission | None = None


@dataclass(frozen=True, eq=False)
class Computed:
    """A value only Python can make (opening a seal): one call for all rows of the answer."""

    function: Callable[[Any, list[dict[str, Any]]], Awaitable[list[Any]]]
    inputs: dict[str, Any]
    requires: Permission | None = None


@dataclass(frozen=True, eq=False)
class Filter:
    """`filter:`: each list given in the input keeps the rows whose column is among its values."""

    input: type
    columns: dict[str, InstrumentedAttribute[Any]]


@dataclass(frozen=True, eq=False)
class Search:
    """`q:`: a row matches when every gram of the words has a posting for it."""

    gram: InstrumentedAttribute[str]
    reference: InstrumentedAttribute[UUID]
    grams: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class NodeDefinition:
    """A GraphQL type over a table: which rows, seen by whom."""

    name: str
    table: Table
    visible: Visibility
    where: ColumnElement[bool] | None
    tenant_column: str
    id_column: str
    type: type


@dataclass(frozen=True)
class Lazy:
    """«Read this later»: what a resolver returns instead of a row."""

    source: Root
    type_name: str | None = None
    id: UUID | None = None
    tenant_id: int | None = None
    scope: Scope | None = None
    match: tuple[tuple[str, Any], ...] = field(default_factory=tuple)


NODES: dict[str, NodeDefinition] = {}
READERS: dict[str, Permission | None] = {}
"""What the by-id root of a type requires; `node(id:)` requires the same."""


@strawberry.interface(description="对象 — anything that has an opaque id")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(description="标识 — opaque, not to be parsed")


@dataclass_transform()
def node(
    model: type[Any],
    *,
    visible: Visibility,
    description: str,
    where: ColumnElement[bool] | None = None,
    key: tuple[str, str] = ("tenant_id", "id"),
) -> Callable[[type[T]], type[T]]:
    """Make a class a GraphQL type over a model's table.

    `visible` says which rows a scope may see and is part of every relation to the type;
    `key` names the tenant column and the id column.
    """

    def decorate(cls: type[T]) -> type[T]:
        made = strawberry.type(cls, description=description)
        NODES[cls.__name__] = NodeDefinition(
            cls.__name__, model.__table__, visible, where, key[0], key[1], made
        )
        return made

    return decorate


def _declare(
    source: Any, description: str, deprecated: str | None = None, resolver: Any = None
) -> Any:
    return strawberry.field(
        resolver=resolver,
        description=description,
        deprecation_reason=deprecated,
        metadata={SOURCE: source},
    )


def column(
    expression: SQLColumnExpression[T],
    description: str,
    *,
    requires: Permission | None = None,
    otherwise: SQLColumnExpression[T] | None = None,
    deprecated: str | None = None,
) -> T:
    """A field that is an SQL expression over the row."""
    source = Column(expression, requires, otherwise)
    return typing.cast(T, _declare(source, description, deprecated))


def one(
    attribute: InstrumentedAttribute[Any],
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
) -> Any:
    """The row a foreign-key attribute of ours points to."""
    return _declare(Relation(attribute, False, where=where, requires=requires), description)


def many(
    attribute: InstrumentedAttribute[Any],
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    order: tuple[Any, ...] = (),
    search: Search | None = None,
    requires: Permission | None = None,
) -> Any:
    """A connection of the rows whose foreign-key attribute points to us."""
    source = Relation(attribute, True, where, order, search, requires)
    return _declare(source, description, resolver=_arguments(source, search))


def every(
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    order: tuple[Any, ...] = (),
    search: Search | None = None,
    requires: Permission | None = None,
    filter: Filter | None = None,
) -> Any:
    """On Query: a connection of all visible rows of the annotated type."""
    source = Root(True, where, order, search, requires, filter)
    return _declare(source, description, resolver=_arguments(source, search, filter))


def by_id(type_name: str, description: str, *, requires: Permission | None = None) -> Any:
    """On Query: one row by its opaque id, null when unknown or not visible."""
    source = Root(False, requires=requires)
    READERS[type_name] = requires

    def resolve(id: OpaqueId) -> Any:
        decoded = decode_id(id)
        if decoded is None or decoded.type != type_name:
            return None
        return Lazy(source, type_name, decoded.id, decoded.tenant_id)

    return _declare(source, description, resolver=resolve)


def embedded(description: str, requires: Permission | None = None, **fields: Any) -> Any:
    """A nested object whose fields are expressions over our row (names in Python case)."""
    return _declare(Embedded(fields, requires), description)


def computed(
    function: Callable[[Any, list[dict[str, Any]]], Awaitable[list[Any]]],
    description: str,
    *,
    requires: Permission | None = None,
    **inputs: Any,
) -> Any:
    """A nullable field made by one Python call over the inputs of all rows.

    `await function(context, rows)` returns a value or an Exception per row.
    """
    return _declare(Computed(function, inputs, requires), description)


_READ = Root(False)


def read(
    type_: type[T], row_id: UUID, tenant_id: int | None = None, scope: Scope | None = None
) -> T:
    """In a resolver: read this row later; typed as the row's type, is a Lazy."""
    return typing.cast(T, Lazy(_READ, type_.__name__, row_id, tenant_id, scope))


def read_where(type_: type[T], scope: Scope, **match: Any) -> T:
    """In a resolver: read the one visible row whose columns equal these values, under a scope."""
    lazy = Lazy(_READ, type_.__name__, scope=scope, match=tuple(match.items()))
    return typing.cast(T, lazy)


def _arguments(source: Relation | Root, search: Search | None, filter: Filter | None = None) -> Any:
    """A resolver that gives the field its arguments and, on a root, its Lazy."""
    if filter is not None:

        def filtering(first: First = None, filter: Any = None) -> Any:
            return Lazy(typing.cast(Root, source))

        told = strawberry.argument(description="筛选 — which rows")
        filtering.__annotations__["filter"] = typing.Annotated[filter.input | None, told]
        return filtering
    if search is None:

        def plain(first: First = None) -> Any:
            return Lazy(typing.cast(Root, source))

        return plain

    def searching(first: First = None, q: Words = None) -> Any:
        return Lazy(typing.cast(Root, source))

    return searching
