"""A price: the cost of an operation as sums that a request's variables complete."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.errors import Code
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.refusal import refusal

CEILING = 1_000_000_000
"""Where costs saturate, so that every cost fits a GraphQL Int."""

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a page: what `first` and `last` say, at most `most`."""

    asked: tuple[tuple[str | None, Any], ...]
    """(variable, its default), or (None, a literal)."""
    most: int

    def of(self, variables: Variables) -> int:
        """The rows; `most` where the values are of no use, which execution will refuse."""
        given = [
            value if name is None else variables.get(name, value) for name, value in self.asked
        ]
        told = [value for value in given if value is not None]
        # `type` and not `isinstance`: True is no page size.
        numbers = [value for value in told if type(value) is int]
        if not numbers or len(numbers) < len(told):
            return self.most
        return max(0, min(max(numbers), self.most))


@dataclass(frozen=True, slots=True)
class Ids:
    """Rows asked for by a variable of ids."""

    variable: str
    default: Any

    def of(self, variables: Variables) -> int:
        """One for each id."""
        value = variables.get(self.variable, self.default)
        return len(value) if isinstance(value, list) else int(value is not None)


@dataclass(frozen=True, slots=True)
class Condition:
    """`@include(if: $variable)`, or `@skip` with `wanted` False."""

    variable: str
    default: Any
    wanted: bool

    def holds(self, variables: Variables) -> bool:
        """Whether the selection is made; what is no Boolean counts as if it were."""
        value = variables.get(self.variable, self.default)
        return value is self.wanted or not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Part:
    """One selection: `base + times × what is inside`, or nothing unless all conditions hold."""

    key: str
    """Its response key; empty for a fragment."""
    base: int
    times: int | Page | Ids = 0
    inside: int = 0
    """The index of the step inside."""
    conditions: tuple[Condition, ...] = ()

    def moves(self, moving: set[int]) -> bool:
        """Whether variables change it, given the steps that they change."""
        return bool(self.conditions) or type(self.times) is not int or self.inside in moving

    def count(self, variables: Variables) -> int:
        """How often its inside counts."""
        return self.times if isinstance(self.times, int) else self.times.of(variables)

    def of(self, variables: Variables, values: list[int]) -> int:
        """Its points."""
        for condition in self.conditions:
            if not condition.holds(variables):
                return 0
        return self.base + self.count(variables) * values[self.inside]


@dataclass(frozen=True, slots=True)
class Step:
    """A selection set: the sum of its parts, or the dearest of them where types exclude others."""

    parts: tuple[Part, ...]
    is_choice: bool = False

    def of(self, variables: Variables, values: list[int]) -> int:
        """Points of the selection set."""
        found = [part.of(variables, values) for part in self.parts]
        if self.is_choice:
            return max(found, default=0)
        return min(sum(found), CEILING)


class Price:
    """The cost of one operation; made once, then `of` is arithmetic over a few variables."""

    def __init__(self, steps: list[Step], root: int) -> None:
        """`steps` with inner ones first; `root` is the operation's, the first is empty."""
        self._steps = steps
        self._root = root
        self._values = [0] * len(steps)
        moving: set[int] = set()
        self._moving: list[tuple[int, Step]] = []
        for index, step in enumerate(steps):
            if any(part.moves(moving) for part in step.parts):
                moving.add(index)
                self._moving.append((index, self._folded(step, moving)))
            else:
                self._values[index] = step.of({}, self._values)

    def _folded(self, step: Step, moving: set[int]) -> Step:
        """The step with all parts that no variable moves made one."""
        if step.is_choice:
            return step
        moved, still = [], 0
        for part in step.parts:
            if part.moves(moving):
                moved.append(part)
            else:
                still += part.of({}, self._values)
        return Step((*moved, Part("", still))) if still else Step(tuple(moved))

    def of(self, variables: Variables) -> int:
        """Points of the operation with these variables (as sent, not coerced)."""
        return self._evaluated(variables)[self._root]

    def checked(self, variables: Variables, limits: Limits = DEFAULT) -> int:
        """Points of the operation. Raises GraphQLError `COST_LIMIT_EXCEEDED` over the bound."""
        points = self.of(variables)
        if points > limits.points:
            path, share = self.dearest(variables)
            least = points == CEILING
            raise refusal(
                Code.COST_LIMIT_EXCEEDED,
                zh=f"查询成本{'至少 ' if least else ' '}{points} 点，最多 {limits.points} 点；"
                f"最贵的字段是 {path}（{share} 点）：请减少条数或拆分请求",
                en=f"this costs {'at least ' if least else ''}{points} points, at most"
                f" {limits.points}; the dearest field is {path} ({share} points):"
                " ask for fewer rows or split the request",
            )
        return points

    def dearest(self, variables: Variables) -> tuple[str, int]:
        """Path and points of the deepest field that makes up at least half of the cost."""
        values = self._evaluated(variables)
        path: list[str] = []
        told = whole = values[self._root]
        times, index = 1, self._root
        while self._steps[index].parts:
            part = max(self._steps[index].parts, key=lambda p: p.of(variables, values))
            points = min(times * part.of(variables, values), CEILING)
            if points * 2 < whole and path:
                break
            if part.key:
                path.append(part.key)
                told = points
            times *= part.count(variables)
            index = part.inside
        return ".".join(path), told

    def _evaluated(self, variables: Variables) -> list[int]:
        if not self._moving:
            return self._values
        values = self._values.copy()
        for index, step in self._moving:
            values[index] = step.of(variables, values)
        return values
