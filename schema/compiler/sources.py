"""Sources: where a GraphQL field's value comes from; data only, made by `declarations`."""

import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import InstrumentedAttribute

from infra.ids import GlobalId, decode_id
from tenants.access import Permission
from tenants.scope import Scope, Visibility

T = TypeVar("T")
SOURCE = "wangge.source"

Batch = Callable[[Any, list[dict[str, Any]]], Awaitable[list[Any]]]
"""`await batch(context, rows)`: a value or an Exception for each row's inputs."""


@dataclass(frozen=True, eq=False)
class Column:
    """A value computed in SQL from the row; `otherwise` replaces it without the permission.

    `order` is what `orderBy` sorts by under the field's name, `is_filtered` whether `filter`
    knows it.
    """

    expression: Any
    requires: Permission | None = None
    otherwise: Any = None
    cost: int = 0
    order: Any = None
    is_filtered: bool = False


@dataclass(frozen=True, eq=False)
class Relation:
    """Rows of another type, along the composite foreign key that the attribute ends."""

    attribute: InstrumentedAttribute[Any]
    many: bool
    where: ColumnElement[bool] | None = None
    requires: Permission | None = None
    cost: int = 0
    is_filtered: bool = False


@dataclass(frozen=True, eq=False)
class Choice:
    """One row of one of several types: `discriminator`'s value says which, a column its id."""

    discriminator: Any
    branches: Mapping[str, tuple[str, Any]]
    """By value: the type's name and our column that holds the row's id."""
    requires: Permission | None = None
    cost: int = 0


@dataclass(frozen=True, eq=False)
class Embedded:
    """An object without a row of its own: its fields are expressions over our row.

    `over`: a sub-select of one row, correlated to ours and named, that they are over as well; it is
    read once however many of them are asked for.
    """

    fields: dict[str, Any]
    requires: Permission | None = None
    cost: int = 0
    over: Any = None


@dataclass(frozen=True, eq=False)
class Computed:
    """A value only Python can make (opening a seal): one call for all rows of the answer."""

    function: Batch
    inputs: dict[str, Any]
    requires: Permission | None = None
    cost: int = 1


@dataclass(frozen=True, eq=False)
class Root:
    """One row, named by a resolver or by its opaque id in the argument `id`."""

    type_name: str | None = None
    requires: Permission | None = None
    cost: int = 0

    def lazy(self, arguments: Mapping[str, Any]) -> "Lazy | None":
        """What to read for these arguments; None when the id is none of this root's."""
        decoded = decode_id(arguments["id"])
        if decoded is None or decoded.type not in READERS:
            return None
        if self.type_name is None:
            # `node(id:)` opens nothing that the type's own root would refuse.
            return Lazy(READERS[decoded.type], decoded.type, decoded.id, decoded.tenant_id)
        if decoded.type != self.type_name:
            return None
        return Lazy(self, decoded.type, decoded.id, decoded.tenant_id)


@dataclass(frozen=True, eq=False)
class Every:
    """On Query: a connection of all visible rows of a type."""

    where: ColumnElement[bool] | None = None
    requires: Permission | None = None
    cost: int = 0

    def lazy(self, _arguments: Mapping[str, Any]) -> "Lazy":
        """The connection is read as its arguments say."""
        return Lazy(self)


@dataclass(frozen=True, eq=False)
class Several:
    """On Query: the rows named by the opaque ids in `ids`, in their order, null where unknown."""

    cost: int = 0

    def lazy(self, arguments: Mapping[str, Any]) -> "Lazy":
        """All of them in one statement."""
        return Lazy(self, ids=tuple(decode_id(given) for given in arguments["ids"]))


@dataclass(frozen=True, eq=False)
class Grouped:
    """On Query: visible rows of a type counted by the dimensions that `groupBy` names."""

    where: ColumnElement[bool] | None = None
    requires: Permission | None = None
    cost: int = 10

    def lazy(self, _arguments: Mapping[str, Any]) -> "Lazy":
        """The groups are read as the arguments say."""
        return Lazy(self)


@dataclass(frozen=True, eq=False)
class Search:
    """`q:`: a row matches when every gram of the words has a posting for it.

    `column` is the text the postings were made from: `contains` on it starts from them.
    """

    gram: InstrumentedAttribute[str]
    reference: InstrumentedAttribute[UUID]
    grams: Callable[[str], tuple[str, ...]]
    column: InstrumentedAttribute[str]


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


@dataclass(frozen=True, eq=False)
class ListDefinition:
    """A connection or a grouping: rows of which type, in which order, found by which words."""

    node: str
    order: tuple[Any, ...] = ()
    search: Search | None = None


@dataclass(frozen=True)
class Lazy:
    """«Read this later»: what a root field or a resolver gives instead of a row."""

    source: Root | Every | Several | Grouped
    type_name: str | None = None
    id: UUID | None = None
    tenant_id: int | None = None
    scope: Scope | None = None
    match: tuple[tuple[str, Any], ...] = field(default_factory=tuple)
    ids: tuple[GlobalId | None, ...] = ()

    @property
    def shape(self) -> tuple[Any, ...]:
        """What of it may change a statement's text; its values are parameters."""
        return (
            self.source,
            self.type_name,
            self.id is None,
            self.tenant_id is None,
            tuple(name for name, _ in self.match),
            # The empty one is the usual one, and is not made anew.
            self.ids
            and frozenset(given.type for given in self.ids if given and given.type in READERS),
        )


NODES: dict[str, NodeDefinition] = {}
LISTS: dict[str, ListDefinition] = {}
READERS: dict[str, Root] = {}
"""The by-id root of a type; `node(id:)` and `nodes(ids:)` require what it requires."""

_READ = Root()


def read(
    type_: type[T], row_id: UUID, tenant_id: int | None = None, scope: Scope | None = None
) -> T:
    """In a resolver: read this row later; typed as the row's type, is a Lazy."""
    return typing.cast(T, Lazy(_READ, type_.__name__, row_id, tenant_id, scope))


def read_where(type_: type[T], scope: Scope, **match: Any) -> T:
    """In a resolver: read the one visible row whose columns equal these values, under a scope."""
    lazy = Lazy(_READ, type_.__name__, scope=scope, match=tuple(match.items()))
    return typing.cast(T, lazy)


def read_tenant(type_: type[T], number: int) -> T:
    """In a resolver: read the tenant of this number later; its number is its whole key."""
    return typing.cast(T, Lazy(_READ, type_.__name__, tenant_id=number))
