"""A plan: one statement's text, how to get its arguments, and what Python must still do."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

Getter = Callable[[Any], Any]
"""Takes the executor of a run, returns one bound value; raises GraphQLError on a bad one."""

MARK = "!"
"""Tags a patch in the data; no response key can be spelt so."""

MARKED = f'{{"{MARK}" : ['
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


def shape(value: Any) -> Hashable:
    """Everything of coerced variables that may change the text: all but strings and numbers."""
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


class PlanCache:
    """Least recently used plans, bounded."""

    def __init__(self, size: int = 2_000) -> None:
        self._size = size
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()

    def get(self, key: Hashable) -> Plan | None:
        plan = self._plans.get(key)
        if plan is not None:
            self._plans.move_to_end(key)
        return plan

    def put(self, key: Hashable, plan: Plan) -> None:
        self._plans[key] = plan
        if len(self._plans) > self._size:
            self._plans.popitem(last=False)

    def clear(self) -> None:
        self._plans.clear()

    def __len__(self) -> int:
        return len(self._plans)
