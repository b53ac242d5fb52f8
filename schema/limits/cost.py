"""Static, list-aware cost: what an operation's answer can cost at most, before anything runs."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_operation_ast,
    is_abstract_type,
    is_object_type,
    value_from_ast_untyped,
)

from schema.compiler.declared import source_of
from schema.compiler.sources import Grouped
from schema.errors import Code
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.price import Condition, Ids, Page, Part, Price, Step
from schema.limits.refusal import refusal

__all__ = ["Price", "price"]

_ROWS = ("nodes", "edges")
Fragment = FragmentDefinitionNode | InlineFragmentNode

_EMPTY = 0
"""The step of no selection at all."""


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    limits: Limits = DEFAULT,
) -> Price:
    """The price of an operation of an examined document; cache it by document and operation.

    An object costs 1, a leaf nothing; a connection 1 + rows × one row, a list by `ids` a row for
    each id; `cost` of a field's declaration comes on top, each time the field stands in a row.
    Of types that exclude one another the dearest counts. A field selected twice in one place is
    priced twice. Rows that cannot be known count as a full page. Unknown names cost nothing, so
    the document need not be validated. Each selection set is priced once per type, however often
    it is spread. Raises GraphQLError: `BAD_USER_INPUT` when no operation, or not exactly one, is
    meant; `GRAPHQL_VALIDATION_FAILED` when a field that must stand alone does not.
    """
    operation = get_operation_ast(document, operation_name)
    if operation is None:
        raise refusal(
            Code.BAD_USER_INPUT,
            zh="`operationName` 必须指明文档中的一个操作",
            en="`operationName` must name one operation of the document",
        )
    root = schema.get_root_type(operation.operation)
    if root is None:
        return Price([Step(())], 0)
    pricing = _Pricing(schema, document, operation, limits)
    if operation.operation is OperationType.MUTATION:
        _check_alone(pricing, root, operation)
    first = pricing.step(operation.selection_set, root, "plain")
    return Price(pricing.steps, first)


def _check_alone(
    pricing: "_Pricing", root: GraphQLObjectType, operation: OperationDefinitionNode
) -> None:
    """API guide, Cost: a mutation that moves money is the only root field of its request."""
    names = pricing.roots(operation.selection_set, root)
    for name in names.values():
        definition = root.fields.get(name)
        if len(names) > 1 and definition and getattr(source_of(definition), "alone", False):
            raise refusal(
                Code.GRAPHQL_VALIDATION_FAILED,
                zh=f"`{name}` 必须单独请求",
                en=f"`{name}` must be the only field of its request",
            )


class _Pricing:
    """The steps of one operation, made from the innermost selection sets outwards."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        limits: Limits,
    ) -> None:
        self.steps: list[Step] = [Step(())]
        self._schema = schema
        self._limits = limits
        self._known: dict[tuple[int, str, str], int] = {}
        self._defaults: dict[str, Any] = {
            v.variable.name.value: value_from_ast_untyped(v.default_value)
            for v in operation.variable_definitions or ()
            if v.default_value is not None
        }
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }

    def step(self, selections: SelectionSetNode, type_: GraphQLNamedType, place: str) -> int:
        """The index of a selection set's step on a type.

        `place` says how its fields count: "plain"; "rows" or "page" of a connection, the fields
        that are per row and the others; "edge", whose row is priced already.
        """
        known = (id(selections), type_.name, place)
        if known not in self._known:
            if is_abstract_type(type_):
                possible = self._schema.get_possible_types(type_)
                insides = {self.step(selections, one, place) for one in possible} - {_EMPTY}
                parts = [Part("", 0, 1, inside) for inside in sorted(insides)]
                made = Step(tuple(parts), is_choice=True)
            elif is_object_type(type_):
                made = Step(tuple(self._parts(selections, type_, place)))
            else:
                made = Step(())
            self._known[known] = self._add(made)
        return self._known[known]

    def _add(self, step: Step) -> int:
        if not step.parts:
            return _EMPTY
        self.steps.append(step)
        return len(self.steps) - 1

    def roots(self, selections: SelectionSetNode, type_: GraphQLObjectType) -> dict[str, str]:
        """Field names by response key at the root, fragments expanded."""
        found: dict[str, str] = {}
        waiting = list(selections.selections)
        while waiting:
            selection = waiting.pop()
            if isinstance(selection, FieldNode):
                found[_key(selection)] = selection.name.value
            elif (spread := self._spread(selection, type_)) is not None:
                waiting += spread.selections
        return found

    def _parts(
        self, selections: SelectionSetNode, type_: GraphQLObjectType, place: str
    ) -> Iterator[Part]:
        for selection in selections.selections:
            conditions = self._conditions(selection)
            if conditions is None:
                continue
            if isinstance(selection, FieldNode):
                yield from self._field(selection, type_, place, conditions)
            elif (spread := self._spread(selection, type_)) is not None and (
                inside := self.step(spread, type_, place)
            ):
                yield Part("", 0, 1, inside, conditions)

    def _spread(
        self, selection: SelectionNode, type_: GraphQLObjectType
    ) -> SelectionSetNode | None:
        """What a spread selects on a type, None when it is of another type."""
        if isinstance(selection, FragmentSpreadNode):
            spread: Fragment | None = self._fragments.get(selection.name.value)
        else:
            spread = selection if isinstance(selection, InlineFragmentNode) else None
        if spread is None:
            return None
        condition, selected = spread.type_condition, spread.selection_set
        if condition is None or condition.name.value == type_.name:
            return selected
        named = self._schema.get_type(condition.name.value)
        applies = is_abstract_type(named) and self._schema.is_sub_type(named, type_)
        return selected if applies else None

    def _field(
        self,
        chosen: FieldNode,
        parent: GraphQLObjectType,
        place: str,
        conditions: tuple[Condition, ...],
    ) -> Iterator[Part]:
        name, key = chosen.name.value, _key(chosen)
        if parent is self._schema.query_type and name in ("__schema", "__type"):
            # Its rows are the schema's own, no data; a flat price is what making them takes.
            whole = name == "__schema"
            base = self._limits.schema_points if whole else self._limits.type_points
            yield Part(key, base, conditions=conditions)
            return
        definition = parent.fields.get(name)
        is_other_half = place == "page" if name in _ROWS else place == "rows"
        if definition is None or is_other_half:
            return
        named = get_named_type(definition.type)
        source, selected = source_of(definition), chosen.selection_set
        base, row = getattr(source, "cost", 0), 1
        if parent is self._schema.mutation_type:
            base, row = base or self._limits.mutation_points, 0
        elif place == "page" or (place, name) == ("edge", "node"):
            row = 0
        if selected is None:
            if base:
                yield Part(key, base, conditions=conditions)
        elif named.name.endswith("Connection"):
            rows = self.step(selected, named, "rows")
            yield Part(key, base + row, self._page(chosen), rows, conditions)
            if page := self.step(selected, named, "page"):
                yield Part(key, 0, 1, page, conditions)
        else:
            is_edge = (place, name) == ("rows", "edges")
            inside = self.step(selected, named, "edge" if is_edge else "plain")
            # A grouping says how many groups with the same argument as a page.
            is_grouping = isinstance(source, Grouped)
            times = self._page(chosen) if is_grouping else self._times(chosen, source)
            if times == 1:
                yield Part(key, base + row, 1, inside, conditions)
            else:
                each = self._add(Step((Part("", row, 1, inside),)))
                yield Part(key, base, times, each, conditions)

    def _page(self, chosen: FieldNode) -> int | Page:
        """What `first` and `last` of a connection ask for."""
        asked: list[tuple[str | None, Any]] = []
        for name in ("first", "last"):
            match _argument(chosen, name):
                case VariableNode(name=variable):
                    asked.append((variable.value, self._defaults.get(variable.value)))
                case IntValueNode(value=digits):
                    # No page has more digits; int() would refuse thousands of them.
                    asked.append((None, int(digits) if len(digits) < 10 else self._limits.page))
                case None | NullValueNode():
                    pass
                case _:
                    return self._limits.page
        page = Page(tuple(asked), self._limits.page)
        return page if any(name for name, _ in asked) else page.of({})

    def _times(self, chosen: FieldNode, source: Any) -> int | Ids:
        """How many objects a field gives that is no connection."""
        match _argument(chosen, "ids"):
            case ListValueNode(values=values):
                return len(values)
            case VariableNode(name=variable):
                return Ids(variable.value, self._defaults.get(variable.value))
            case None:
                rows: int = getattr(source, "rows", 1)
                return rows
            case NullValueNode():
                return 0
            case _:
                return 1

    def _conditions(self, selection: SelectionNode) -> tuple[Condition, ...] | None:
        """What must hold for a selection to be made; None when it never is."""
        found = []
        for directive in selection.directives or ():
            wanted = {"include": True, "skip": False}.get(directive.name.value)
            if wanted is None:
                continue
            match _argument(directive, "if"):
                case VariableNode(name=variable):
                    default = self._defaults.get(variable.value)
                    found.append(Condition(variable.value, default, wanted))
                case BooleanValueNode(value=value) if value is not wanted:
                    return None
        return tuple(found)


def _key(chosen: FieldNode) -> str:
    return chosen.alias.value if chosen.alias else chosen.name.value


def _argument(node: FieldNode | DirectiveNode, name: str) -> ValueNode | None:
    for argument in node.arguments or ():
        if argument.name.value == name:
            return argument.value
    return None
