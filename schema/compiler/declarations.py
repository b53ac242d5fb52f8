"""Declarations: a field says its expression, description, permission and cost in one place."""

import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

import strawberry
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import SQLColumnExpression
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from schema.compiler import sources
from schema.compiler.lists import arguments_of
from schema.compiler.sources import NODES, READERS, SOURCE, NodeDefinition
from schema.pagination import ID, IDS
from tenants.access import Permission
from tenants.scope import Visibility

T = TypeVar("T")


class CompiledField(StrawberryField):
    """A field without a resolver: its arguments follow from its source and its type."""

    @property
    def arguments(self) -> list[StrawberryArgument]:
        if self._arguments is None:
            self._arguments = list(self._made())
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    def _made(self) -> typing.Iterable[StrawberryArgument]:
        match self.metadata[SOURCE]:
            case sources.Root():
                return (ID,)
            case sources.Several():
                return (IDS,)
            case sources.Every() | sources.Grouped():
                return arguments_of(self.type, is_root=True)
            case sources.Relation(many=True):
                return arguments_of(self.type, is_root=False)
        return ()


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
    `where` keeps the rows that are of this type at all; `key` names the tenant column and the
    id column.
    """

    def decorate(cls: type[T]) -> type[T]:
        made = strawberry.type(cls, description=description)
        NODES[cls.__name__] = NodeDefinition(
            cls.__name__, model.__table__, visible, where, key[0], key[1], made
        )
        return made

    return decorate


def _declare(source: Any, description: str, deprecated: str | None = None) -> Any:
    return CompiledField(
        description=description, deprecation_reason=deprecated, metadata={SOURCE: source}
    )


def column(
    expression: SQLColumnExpression[T],
    description: str,
    *,
    requires: Permission | None = None,
    otherwise: SQLColumnExpression[T] | None = None,
    cost: int = 0,
    order: SQLColumnExpression[Any] | bool = False,
    filter: bool = False,
    deprecated: str | None = None,
) -> T:
    """A field that is an SQL expression over the row.

    Without the permission it `requires` it is denied, or replaced by `otherwise`. `filter=True`
    lets lists of the type be filtered by it, `order=True` sorted by it; another expression after
    `order=` is what is sorted by (a pinyin key).
    """
    ordered = expression if order is True else None if order is False else order
    source = sources.Column(expression, requires, otherwise, cost, ordered, filter)
    return typing.cast(T, _declare(source, description, deprecated))


def one(
    attribute: InstrumentedAttribute[Any],
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
    cost: int = 0,
    filter: bool = False,
    deprecated: str | None = None,
) -> Any:
    """The row a foreign-key attribute of ours points to; `filter=True`: by its opaque id."""
    source = sources.Relation(attribute, False, where, requires, cost, filter)
    return _declare(source, description, deprecated)


def many(
    attribute: InstrumentedAttribute[Any],
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
    cost: int = 0,
    deprecated: str | None = None,
) -> Any:
    """A connection of the rows whose foreign-key attribute points to us."""
    return _declare(
        sources.Relation(attribute, True, where, requires, cost), description, deprecated
    )


def choice(
    discriminator: SQLColumnExpression[Any],
    branches: Mapping[str, tuple[str, InstrumentedAttribute[Any]]],
    description: str,
    *,
    requires: Permission | None = None,
    cost: int = 0,
) -> Any:
    """One row of a union or interface: per value of `discriminator` a type and our id column."""
    return _declare(sources.Choice(discriminator, branches, requires, cost), description)


def embedded(
    description: str,
    requires: Permission | None = None,
    cost: int = 0,
    over: Any = None,
    **fields: Any,
) -> Any:
    """A nested object whose fields are expressions over our row (names in Python case).

    `over`: a named sub-select of one row (`.subquery("sums")`) that they are over too.
    """
    return _declare(sources.Embedded(fields, requires, cost, over), description)


def computed(
    function: sources.Batch,
    description: str,
    *,
    requires: Permission | None = None,
    cost: int = 1,
    **inputs: Any,
) -> Any:
    """A nullable field made by one Python call over the inputs of all rows.

    `await function(context, rows)` returns a value or an Exception per row.
    """
    return _declare(sources.Computed(function, inputs, requires, cost), description)


def every(
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
    cost: int = 0,
    deprecated: str | None = None,
) -> Any:
    """On Query: a connection of all visible rows of the annotated type."""
    return _declare(sources.Every(where, requires, cost), description, deprecated)


def grouped(
    description: str,
    *,
    where: ColumnElement[bool] | None = None,
    requires: Permission | None = None,
    cost: int = 10,
) -> Any:
    """On Query: the visible rows counted in groups, as the annotated grouping type says."""
    return _declare(sources.Grouped(where, requires, cost), description)


def by_id(type_name: str, description: str, *, requires: Permission | None = None) -> Any:
    """On Query: one row by its opaque id, null when unknown or not visible."""
    source = READERS[type_name] = sources.Root(type_name, requires)
    return _declare(source, description)


def any_by_id(description: str) -> Any:
    """On Query: `node(id:)`, any object of a type that has a by-id root."""
    return _declare(sources.Root(), description)


def any_by_ids(description: str) -> Any:
    """On Query: `nodes(ids:)`, the same for up to a hundred ids in one statement."""
    return _declare(sources.Several(), description)
