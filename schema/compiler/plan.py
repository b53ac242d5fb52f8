"""A plan: one statement's text, how to get its arguments, and what Python must still do."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from graphql import FieldNode

from infra.errors import Forbidden
from schema.compiler.sources import Lazy
from tenants.access import Permission
from tenants.scope import Scope

V = TypeVar("V")

Getter = Callable[[Any], Any]
"""Takes the executor of a run, returns one bound value; raises GraphQLError on a bad one."""

MARK = "!"
"""Tags a patch in the data; no response key can be spelt so."""

MARKED = f'{{"{MARK}" : ['.encode()
"""How json_build_object writes a patch; inside a JSON string the quotes would be escaped."""


@dataclass(frozen=True)
class Patch:
    """What becomes of a tagged value: one call for all of them, or `failure` for each.

    `survives` is how many entries of the path below the root field remain when the value fails:
    all of them where the field itself is nullable, fewer where null climbs to an ancestor.
    """

    function: Callable[[Any, list[dict[str, Any]]], Awaitable[list[Any]]] | None
    inputs: tuple[str, ...]
    nodes: list[FieldNode]
    survives: int
    failure: Exception | None = None


@dataclass
class Plan:
    """A compiled root field."""

    select: str = ""
    getters: list[Getter] = field(default_factory=list)
    checks: list[Getter] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)

    def bind(self, sql_type: str, getter: Getter, offset: int) -> str:
        """Text of a parameter; only called when the text is emitted (asyncpg counts)."""
        self.getters.append(getter)
        return f"${len(self.getters) + offset}::{sql_type}"

    @property
    def is_plain(self) -> bool:
        """Whether Python has nothing to do with an answer, unless a row is missing."""
        return all(
            patch.function is None and not isinstance(patch.failure, Forbidden)
            for patch in self.patches
        )


def shape(value: Any) -> Hashable:
    """Everything of coerced variables that may change the text: all but strings and numbers."""
    kind = type(value)
    if kind is str or kind is int:
        return kind.__name__
    if isinstance(value, Mapping):
        return tuple((key, shape(item)) for key, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        shapes = tuple(shape(item) for item in value)
        # A list of plain values is one parameter, however many they are.
        return ("list",) if all(isinstance(one, str) for one in shapes) else shapes
    if isinstance(value, bool) or value is None:
        return value
    if hasattr(value, "name") and hasattr(value, "value"):
        return ("enum", value.name)
    return type(value).__name__


def plan_key(
    document: str,
    operation: str,
    path: tuple[Any, ...],
    lazy: Lazy,
    scope: Scope,
    permissions: frozenset[Permission],
    variables: Hashable,
) -> Hashable:
    """Everything that a plan's text may depend on; `variables` is their shape."""
    return (document, operation, path, lazy.shape, scope.shape, permissions, variables)


class Recent(Generic[V]):
    """Values by key, bounded; the least recently used is forgotten."""

    def __init__(self, size: int = 2_000) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, value: V) -> None:
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


class PlanCache(Recent[Plan]):
    """The compiled plans of a process, by `plan_key`."""
