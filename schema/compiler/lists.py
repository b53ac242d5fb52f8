"""Connections and groupings: their GraphQL types are made from the type whose rows they list."""

import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

import strawberry
from sqlalchemy import func
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from schema.compiler.sources import LISTS, SOURCE, Column, ListDefinition, Relation, Search
from schema.organisation.vocabulary import vocabulary
from schema.pagination import (
    MAX_DIMENSIONS,
    MAX_PAGE,
    OPERATORS,
    PAGE_ARGUMENTS,
    TENANT_IDS,
    WORDS,
    OrderDirection,
    PageInfo,
    argument,
    make_input,
    operators,
)

T = TypeVar("T")


class Connection(Generic[T]):
    """A page of rows of a type: `nodes`, `edges`, `pageInfo`, `totalCount`."""


class Grouping(Generic[T]):
    """Rows of a type counted in groups; its annotated fields are dimensions and measures."""


@dataclass(frozen=True, eq=False)
class Measure:
    """An aggregate over the rows of a group."""

    expression: Any
    cost: int = 0


@dataclass
class _Made:
    """What was made of a type once: its filter, its order."""

    filter: Any = None
    order: Any = None


_MADE: dict[str, _Made] = {}
_ARGUMENTS: dict[type, list[StrawberryArgument]] = {}


def connection(
    description: str, *, order: tuple[Any, ...] = (), search: Search | None = None
) -> Callable[[type], type]:
    """Make a class `XConnection(Connection[X])` a GraphQL connection.

    `order` is the order of rows when none is asked for, all keys in one direction; `search` adds
    the argument `q`. Filter and order inputs come from the fields of X that say so.
    """

    def decorate(cls: type) -> type:
        node = _listed(cls)
        name, term = node.__name__, _term(node)
        edge = strawberry.type(
            type(
                f"{name}Edge",
                (),
                {
                    "__annotations__": {"node": node, "cursor": str},
                    "node": strawberry.field(description=f"{term} — the row itself"),
                    "cursor": strawberry.field(description="游标 — where the row lies"),
                },
            ),
            description=f"{term}条目 — a row with its cursor",
        )
        body: dict[str, tuple[Any, str]] = {
            "nodes": (list[node], f"{term} — the rows of the page"),  # type: ignore[valid-type]
            "edges": (list[edge], f"{term}条目 — the same rows with cursors"),  # type: ignore[valid-type]
            "page_info": (PageInfo, "分页信息 — where the page lies"),
        }
        made = _typed(cls, description, body)
        LISTS[cls.__name__] = ListDefinition(name, order, search)
        _ARGUMENTS[made] = [*PAGE_ARGUMENTS, *_selecting(node, search), *_ordering(node)]
        return made

    return decorate


def grouping(description: str, *, search: Search | None = None) -> Callable[[type], type]:
    """Make a class `XStats(Grouping[X])` a GraphQL type of groups.

    Its fields are declared with `column` or `one` (dimensions, nullable: null unless grouped by)
    and `measure`; `groupBy` names the dimensions.
    """

    def decorate(cls: type) -> type:
        node = _listed(cls)
        made: type = strawberry.type(cls, description=description)
        dimensions = {
            field.python_name.upper(): field
            for field in _fields(made)
            if not isinstance(field.metadata[SOURCE], Measure)
        }
        by = _enum(f"{cls.__name__}Dimension", "分组维度 — what rows are grouped by", dimensions)
        told = f"分组 — dimensions, at least one, at most {MAX_DIMENSIONS}"
        LISTS[cls.__name__] = ListDefinition(node.__name__, (), search)
        _ARGUMENTS[made] = [
            argument("group_by", list[by], told),  # type: ignore[valid-type]
            argument("first", int, f"前几组 — the largest groups, 1 to {MAX_PAGE}"),
            *_selecting(node, search),
        ]
        return made

    return decorate


def measure(expression: Any, description: str, *, cost: int = 0) -> Any:
    """A field of a grouping: an aggregate such as `func.count()`."""
    return strawberry.field(description=description, metadata={SOURCE: Measure(expression, cost)})


def arguments_of(type_: Any, *, is_root: bool) -> Iterator[StrawberryArgument]:
    """The arguments of a field of a connection or grouping type."""
    while isinstance(type_, StrawberryContainer | LazyType):
        type_ = type_.of_type if isinstance(type_, StrawberryContainer) else type_.resolve_type()
    # A type that is no list is named at start-up (see check), with all other faults.
    yield from _ARGUMENTS.get(type_, ())
    if is_root:
        yield TENANT_IDS


def _listed(cls: type) -> type:
    """X of `Connection[X]`. Raises TypeError when the class says none."""
    for base in getattr(cls, "__orig_bases__", ()):
        if typing.get_origin(base) in (Connection, Grouping):
            return typing.cast(type, typing.get_args(base)[0])
    raise TypeError(f"{cls.__name__} must be a Connection[…] or Grouping[…]")


def _typed(cls: type, description: str, fields: dict[str, tuple[Any, str]]) -> type:
    body = {key: strawberry.field(description=told) for key, (_, told) in fields.items()}
    annotations = {key: type_ for key, (type_, _) in fields.items()} | {"total_count": int}
    # Counting all pages reads more than the page does.
    told = "总数 — of all pages; counted only when asked for"
    body["total_count"] = measure(func.count(), told, cost=1)
    plain = type(cls.__name__, (), {**body, "__annotations__": annotations, "__doc__": cls.__doc__})
    plain.__module__ = cls.__module__
    return strawberry.type(plain, description=description)


def _fields(cls: type) -> list[StrawberryField]:
    definition = get_object_definition(cls, strict=True)
    return [field for field in definition.fields if SOURCE in field.metadata]


def _term(node: type) -> str:
    """The Chinese term of a type's description."""
    return (get_object_definition(node, strict=True).description or "").partition(" — ")[0]


def _selecting(node: type, search: Search | None) -> Iterator[StrawberryArgument]:
    made = _MADE.setdefault(node.__name__, _Made())
    if made.filter is None:
        made.filter = _filter_of(node)
    if made.filter is not None:
        yield argument("filter", made.filter | None, "筛选 — which rows")
    if search is not None:
        yield WORDS


def _ordering(node: type) -> Iterator[StrawberryArgument]:
    made = _MADE.setdefault(node.__name__, _Made())
    if made.order is None:
        made.order = _order_of(node)
    if made.order is not None:
        yield argument("order_by", made.order | None, "排序 — in which order; ties by id")


def _filter_of(node: type) -> type | None:
    fields = {}
    for field in _fields(node):
        source = field.metadata[SOURCE]
        if isinstance(source, Column | Relation) and source.is_filtered:
            key = strawberry.ID if isinstance(source, Relation) else _plain(field.type)
            fields[field.python_name] = (_operators(key), field.description or "")
    if not fields:
        return None
    made = make_input(f"{node.__name__}Filter", f"{_term(node)}筛选 — all parts must hold", fields)
    for key, of, told in (
        ("and", list[made], f"并且 — all of these hold, at most {MAX_PAGE}"),  # type: ignore[valid-type]
        ("or", list[made], f"或者 — at least one of these holds, at most {MAX_PAGE}"),  # type: ignore[valid-type]
        ("not", made, "非 — this does not hold"),
    ):
        get_object_definition(made, strict=True).fields.append(
            StrawberryField(
                python_name=f"{key}_",
                graphql_name=key,
                type_annotation=StrawberryAnnotation(of | None),
                description=told,
                default=strawberry.UNSET,
                origin=made,
            )
        )
    return made


def _order_of(node: type) -> type | None:
    ordered = {
        field.python_name.upper(): field
        for field in _fields(node)
        if isinstance(field.metadata[SOURCE], Column) and field.metadata[SOURCE].order is not None
    }
    if not ordered:
        return None
    name, term = node.__name__, _term(node)
    by = _enum(f"{name}OrderField", f"{term}排序字段 — what {name} rows are sorted by", ordered)
    body = {
        "__annotations__": {"field": by, "direction": OrderDirection},
        "field": strawberry.field(description="字段 — what is sorted by"),
        "direction": strawberry.field(description="方向 — which way", default=OrderDirection.ASC),
    }
    return strawberry.input(
        type(f"{name}Order", (), body), description=f"{term}排序 — field and direction"
    )


def _enum(name: str, description: str, fields: dict[str, StrawberryField]) -> Any:
    """An enum whose members stand for fields: their values are the fields' GraphQL names."""
    made = StrEnum(name, {key: to_camel_case(f.python_name) for key, f in fields.items()})  # type: ignore[misc]
    vocabulary(made, description, **{key: f.description or "" for key, f in fields.items()})
    return made


def _operators(key: Any) -> type:
    if key not in OPERATORS and inspect.isclass(key) and issubclass(key, Enum):
        definition: StrawberryEnumDefinition = getattr(key, "__strawberry_definition__")  # noqa: B009
        term = (definition.description or "").partition(" — ")[0]
        OPERATORS[key] = operators(f"{key.__name__}Filter", key, term)
    return OPERATORS[key]


def _plain(type_: Any) -> Any:
    """The scalar or enum inside a nullable type."""
    while isinstance(type_, StrawberryContainer):
        type_ = type_.of_type
    return type_.wrapped_cls if isinstance(type_, StrawberryEnumDefinition) else type_
