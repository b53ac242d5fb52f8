"""What a parsed document may be, checked once and before graphql-core validates it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

from schema.errors import Code
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.refusal import over, refusal

_INTROSPECTION = ("__schema", "__type")
_SCHEMA_LISTS = {"types", "directives", "fields", "args"} | {
    *("inputFields", "enumValues", "interfaces", "possibleTypes")
}
"""Fields of spec October 2021, 4.2 Schema Introspection, that multiply what is below them."""

Fragments = dict[str, FragmentDefinitionNode]


def examine(document: DocumentNode, limits: Limits = DEFAULT) -> None:
    """Refuse a document that would be dear to validate or to run, whatever its schema.

    Time is linear in the document and in `limits.selections`: how large and how deep fragments
    expand is first computed once per fragment; only what is small enough is then walked expanded.
    Raises GraphQLError `COST_LIMIT_EXCEEDED`, or `GRAPHQL_VALIDATION_FAILED` for a fragment that
    spreads itself (spec October 2021, 5.5.2.2).
    """
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    defined = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
    if len(operations) > limits.operations:
        raise over("operations", limits, len(operations))
    if len(defined) > limits.fragments:
        raise over("fragments", limits, len(defined))
    fragments = {fragment.name.value: fragment for fragment in defined}
    sizes = _Sizes(fragments, limits)
    walk = _Walk(fragments, limits)
    total = 0
    for operation in operations:
        total = sizes.add(total, operation.selection_set)
        walk.directives += _on_operation(operation)
        walk.operation(operation.selection_set, operation.name.value if operation.name else "")
    for fragment in defined:
        # Validation visits a fragment that nobody spreads, and a second one of the same name, too.
        if id(fragment) not in walk.reached:
            total = sizes.add(total, fragment.selection_set)
            walk.place([fragment.selection_set], fragment.name.value, 1)


def is_about_schema(
    document: DocumentNode, operation: OperationDefinitionNode, limits: Limits = DEFAULT
) -> bool:
    """Whether an operation of an examined document asks for nothing but the schema."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    root = _Walk(fragments, limits)._fields([operation.selection_set], set())
    names = {chosen.name.value for chosen in root}
    return (
        operation.operation is OperationType.QUERY
        and not names.isdisjoint(_INTROSPECTION)
        and names <= {*_INTROSPECTION, "__typename"}
    )


def _on_operation(operation: OperationDefinitionNode) -> int:
    on_variables = sum(len(v.directives or ()) for v in operation.variable_definitions or ())
    return len(operation.directives or ()) + on_variables


class _Sizes:
    """How many selections and levels a selection set has, its fragments expanded."""

    def __init__(self, fragments: Fragments, limits: Limits) -> None:
        self._limits = limits
        self._fragments = fragments
        self._known: dict[str, tuple[int, int]] = {}
        self._open: list[str] = []

    def add(self, total: int, selections: SelectionSetNode) -> int:
        """`total` and the size of a definition. Raises GraphQLError over a bound."""
        total += self._measure(selections)[0]
        if total > self._limits.selections:
            raise over("selections", self._limits, total)
        return total

    def _measure(self, definition: SelectionSetNode) -> tuple[int, int]:
        size = deepest = 0
        waiting = [(definition, 1)]
        while waiting:
            selection_set, level = waiting.pop()
            deepest = max(deepest, level)
            for selection in selection_set.selections:
                size += 1
                if isinstance(selection, FragmentSpreadNode):
                    spread_size, spread_levels = self._fragment(selection.name.value)
                    size += spread_size
                    deepest = max(deepest, level + spread_levels)
                elif (inside := _inside(selection)) is not None:
                    waiting.append((inside, level + 1))
        if deepest > self._limits.nesting:
            raise over("nesting", self._limits, deepest)
        return size, deepest

    def _fragment(self, name: str) -> tuple[int, int]:
        if name in self._known or name not in self._fragments:
            return self._known.get(name, (0, 0))
        if name in self._open:
            cycle = " → ".join([*self._open[self._open.index(name) :], name])
            raise refusal(
                Code.GRAPHQL_VALIDATION_FAILED,
                zh=f"片段不得引用自身：{cycle}",
                en=f"a fragment must not spread itself: {cycle}",
            )
        self._open.append(name)
        self._known[name] = self._measure(self._fragments[name].selection_set)
        self._open.pop()
        return self._known[name]


@dataclass
class _Walk:
    """The expanded document, fields of one place merged as execution merges them."""

    fragments: Fragments
    limits: Limits
    aliases: int = 0
    directives: int = 0
    comparisons: int = 0
    fragment_pairs: int = 0
    introspected: int = 0
    reached: set[int] = field(default_factory=set)

    def operation(self, selections: SelectionSetNode, name: str) -> None:
        """Walk an operation; its root must not be too wide."""
        roots = self.place([selections], name, 1)
        if roots > self.limits.root_fields:
            raise over("root_fields", self.limits, roots, name)

    def place(
        self,
        selection_sets: list[SelectionSetNode],
        path: str,
        depth: int,
        lists: int | None = None,
    ) -> int:
        """Walk the selection sets of one place, told as `path`; returns how many fields it has.

        `lists` is how many lists of the schema one is inside of, None where data is asked for.
        """
        together: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for chosen in self._fields(selection_sets, spread):
            key = chosen.alias.value if chosen.alias else chosen.name.value
            together.setdefault(key, []).append(chosen)
        self.fragment_pairs += len(spread) * (len(spread) - 1) // 2
        if self.fragment_pairs > self.limits.fragment_pairs:
            raise over("fragment_pairs", self.limits, self.fragment_pairs, path)
        for key, same in together.items():
            where = f"{path}.{key}" if path else key
            self.comparisons += len(same) * (len(same) - 1) // 2
            if self.comparisons > self.limits.comparisons:
                raise over("comparisons", self.limits, self.comparisons, where)
            within = self._introspected(same, where, lists, depth)
            bound = "depth" if within is None else "introspection_depth"
            if depth > getattr(self.limits, bound):
                raise over(bound, self.limits, depth, where)
            below = [f.selection_set for f in same if f.selection_set is not None]
            if below:
                self.place(below, where, depth + 1, within)
        return len(together)

    def _introspected(
        self, same: list[FieldNode], where: str, lists: int | None, depth: int
    ) -> int | None:
        """In how many lists of the schema a field's inside is.

        Introspection has one price, so its answer must have one size: what tools ask for, which
        the event loop can bear, and no product of lists by aliases and by one another.
        """
        name = same[0].name.value
        if lists is None:
            return 0 if depth == 1 and name in _INTROSPECTION else None
        self.introspected += 1
        if self.introspected > self.limits.introspection_fields:
            raise over("introspection_fields", self.limits, where=where)
        if (aliases := sum(f.alias is not None for f in same)) > self.limits.introspection_aliases:
            raise over("introspection_aliases", self.limits, aliases, where)
        lists += name in _SCHEMA_LISTS
        if lists > self.limits.introspection_lists:
            raise over("introspection_lists", self.limits, lists, where)
        return lists

    def _fields(
        self, selection_sets: list[SelectionSetNode], spread: set[str]
    ) -> Iterable[FieldNode]:
        """All fields of a place, through fragments, whose names are added to `spread`.

        Counts aliases and directives on the way.
        """
        waiting: list[SelectionNode] = [s for chosen in selection_sets for s in chosen.selections]
        while waiting:
            selection = waiting.pop()
            self.directives += len(selection.directives or ())
            if self.directives > self.limits.directives:
                raise over("directives", self.limits)
            if isinstance(selection, FieldNode):
                self.aliases += selection.alias is not None
                if self.aliases > self.limits.aliases:
                    raise over("aliases", self.limits)
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                if (fragment := self.fragments.get(selection.name.value)) is not None:
                    self.reached.add(id(fragment))
                    spread.add(selection.name.value)
                    waiting += fragment.selection_set.selections
            elif (inside := _inside(selection)) is not None:
                waiting += inside.selections


def _inside(selection: SelectionNode) -> SelectionSetNode | None:
    inside: SelectionSetNode | None = getattr(selection, "selection_set", None)
    return inside
