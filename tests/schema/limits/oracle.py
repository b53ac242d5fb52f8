"""The cost of a document by its definition: a plain walk with the variables put in."""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    value_from_ast_untyped,
)

from schema.compiler.declared import source_of

MUTATION = 10
PAGE = 100


class Oracle:
    """Walks each fragment as often as it is spread, for one set of variables."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]
    ) -> None:
        self.schema = schema
        (self.operation,) = (
            d for d in document.definitions if isinstance(d, OperationDefinitionNode)
        )
        self.fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self.variables = {
            v.variable.name.value: value_from_ast_untyped(v.default_value)
            for v in self.operation.variable_definitions or ()
            if v.default_value
        } | variables

    def cost(self) -> int:
        """Points of the operation."""
        root = self.schema.get_root_type(self.operation.operation)
        return self.inside(self.operation.selection_set, root)

    def inside(self, selection_set: Any, type_: Any) -> int:
        """Points of a selection set in one object; of types, the dearest."""
        if is_abstract_type(type_):
            return max(self.inside(selection_set, t) for t in self.schema.get_possible_types(type_))
        return sum(self.one(f, type_) for f in self.fields(selection_set, type_))

    def fields(self, selection_set: Any, type_: GraphQLObjectType) -> list[FieldNode]:
        """All fields selected in an object of a type."""
        found = []
        for node in selection_set.selections:
            if not self.is_made(node):
                continue
            if isinstance(node, FieldNode):
                found.append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                node = self.fragments[node.name.value]
            named = node.type_condition and self.schema.get_type(node.type_condition.name.value)
            if (
                not named
                or named is type_
                or (is_abstract_type(named) and self.schema.is_sub_type(named, type_))
            ):
                found += self.fields(node.selection_set, type_)
        return found

    def one(self, node: FieldNode, parent: GraphQLObjectType) -> int:
        """Points of one field."""
        if node.name.value == "__typename":
            return 0
        field = parent.fields[node.name.value]
        declared = getattr(source_of(field), "cost", 0)
        named: Any = get_named_type(field.type)
        given = {a.name.value: self.value(a.value) for a in node.arguments or ()}
        if parent is self.schema.mutation_type:
            return (declared or MUTATION) + self.inside(node.selection_set, named)
        if node.selection_set is None:
            return declared
        if named.name.endswith("Connection"):
            rows = self.rows(given)
            points = 1
            for chosen in self.fields(node.selection_set, named):
                match chosen.name.value:
                    case "nodes":
                        points += rows * (1 + self.inside(chosen.selection_set, self.item(named)))
                    case "edges":
                        points += rows
                        for part in self.fields(chosen.selection_set, self.edge(named)):
                            if part.name.value == "node":
                                node_cost = self.inside(part.selection_set, self.item(named))
                                points += rows * node_cost
                    case "totalCount":
                        points += 3
            return declared + points
        if "ids" in given:
            ids = given["ids"]
            times = len(ids) if isinstance(ids, list) else 0 if ids is None else 1
        else:
            times = getattr(source_of(field), "rows", 1)
        return declared + times * (1 + self.inside(node.selection_set, named))

    def item(self, connection: Any) -> Any:
        """The type of a connection's rows."""
        return get_named_type(connection.fields["nodes"].type)

    def edge(self, connection: Any) -> Any:
        """The type of a connection's edges."""
        return get_named_type(connection.fields["edges"].type)

    def rows(self, given: dict[str, Any]) -> int:
        """Rows of a page."""
        asked = [given[name] for name in ("first", "last") if given.get(name) is not None]
        if asked and all(isinstance(n, int) and not isinstance(n, bool) for n in asked):
            return min(max(0, *asked), PAGE)
        return PAGE

    def is_made(self, node: Any) -> bool:
        """Whether `@skip` and `@include` let a selection be."""
        for directive in node.directives or ():
            value = self.value(directive.arguments[0].value)
            if value is (directive.name.value == "skip"):
                return False
        return True

    def value(self, node: Any) -> Any:
        """A literal or a variable's value; absent is null."""
        if node.kind == "variable":
            return self.variables.get(node.name.value)
        return value_from_ast_untyped(node, self.variables)
