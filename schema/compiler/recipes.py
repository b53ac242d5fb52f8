"""Recipes: what the executor found out about an operation, kept for answering without it."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    OperationType,
    Undefined,
    VariableNode,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from schema.compiler.declared import source_of
from schema.compiler.plan import shape
from schema.compiler.sources import Every, Grouped, Root, Several

MOST_SHAPES = 64
"""Recipes kept of one operation: each combination of Booleans, enums and nulls is one."""

Arguments = dict[int, tuple[Any, dict[str, Any]]]
"""By the field node's identity: the node, which keeps that its own, and its arguments."""


@dataclass(frozen=True, slots=True)
class RootField:
    """One root field of a recipe; `constant` is its answer where no statement is needed."""

    key: str
    prefix: bytes
    constant: bytes | None
    definition: GraphQLField | None = None
    source: Any = None
    node: FieldNode | None = None
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """The root fields of an operation for one shape of its variables, in order."""

    fields: tuple[RootField, ...]
    arguments: Arguments
    """Of the fields whose arguments no variable moves."""


class Recipes:
    """What is known of one operation of one document; empty until it was executed once."""

    def __init__(self) -> None:
        self.operation = ""
        self._variables: list[tuple[Any, bool]] | None = None
        self._by_shape: dict[Hashable, Recipe] = {}

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables as graphql-core coerces them; None when it must say what is wrong."""
        if self._variables is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature, has_default in self._variables:
            name = signature.name
            value = given.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is Undefined:
                if has_default:
                    found = coerce_default_value(signature)
                elif isinstance(signature.type, GraphQLNonNull):
                    return None
                else:
                    continue
            else:
                found = coerce_input_value(value, signature.type)
            if found is Undefined:
                return None
            coerced[name] = found
        return VariableValues(sources, coerced)

    def get(self, variables: Hashable) -> Recipe | None:
        """The recipe for a shape of the variables."""
        return self._by_shape.get(variables)

    def learn(self, executor: Any, roots: Mapping[str, list[Any]], arguments: Arguments) -> None:
        """Keep how a query was executed without an error, if a statement answers every field."""
        if executor.operation.operation is not OperationType.QUERY:
            return
        if len(self._by_shape) >= MOST_SHAPES:
            return
        named = executor.operation.name
        signatures = [
            (get_variable_signature(executor.schema, each), each.default_value is not None)
            for each in executor.operation.variable_definitions or ()
        ]
        fields = [_root_field(executor.schema, key, details) for key, details in roots.items()]
        if any(isinstance(signature, GraphQLError) for signature, _ in signatures):
            return
        if any(one is None for one in fields):
            return
        still = {key: (node, own) for key, (node, own) in arguments.items() if not _moves(node)}
        self.operation = named.value if named else ""
        self._variables = signatures
        made = Recipe(tuple(one for one in fields if one is not None), still)
        self._by_shape[shape(executor.variable_values.coerced)] = made


def _root_field(schema: Any, key: str, details: list[Any]) -> RootField | None:
    node: FieldNode = details[0].node
    prefix = orjson.dumps(key) + b":"
    if node.name.value == "__typename":
        return RootField(key, prefix, orjson.dumps(schema.query_type.name))
    definition = schema.query_type.fields.get(node.name.value)
    source = source_of(definition) if definition is not None else None
    if not isinstance(source, Root | Every | Several | Grouped):
        return None
    is_nullable = not isinstance(definition.type, GraphQLNonNull)
    return RootField(key, prefix, None, definition, source, node, is_nullable)


def _moves(node: Any) -> bool:
    """Whether a variable stands in a field's arguments."""
    waiting = [argument.value for argument in node.arguments or ()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, VariableNode):
            return True
        waiting += getattr(value, "values", None) or ()
        waiting += [field.value for field in getattr(value, "fields", None) or ()]
    return False
