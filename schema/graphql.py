"""The schema: every noun folder's Query and Mutation classes, merged, with its limits."""

import importlib
import pkgutil
from typing import Any

import strawberry
from graphql import GraphQLError, is_input_object_type
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

import schema as package
from schema.compiler.check import check, check_descriptions
from schema.compiler.declarations import Node, any_by_id, any_by_ids
from schema.compiler.executor import CompiledExecutor
from schema.compiler.sources import NODES
from schema.contract import check_mutations
from schema.scalars import SCALARS


class WanggeSchema(strawberry.Schema):
    """Errors are told by the HTTP edge, which masks and logs them once."""

    def _extend_introspection(self) -> None:
        """`isOneOf` as spec September 2025, 4.2.2 says: null but on input objects.

        Strawberry's own resolver fails on list and non-null types, an INTERNAL for each.
        """
        super()._extend_introspection()
        type_: Any = self._schema.type_map["__Type"]
        type_.fields["isOneOf"].resolve = lambda asked, _info: (
            asked.extensions["strawberry-definition"].is_one_of
            if is_input_object_type(asked)
            else None
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        return None


@strawberry.type
class NodeQuery:
    """Relay's roots."""

    node: Node | None = any_by_id("对象 — any object by its opaque id; null when unknown")
    nodes: list[Node | None] | None = any_by_ids(
        "对象列表 — objects by their opaque ids, in that order; null where unknown"
    )


def _classes(room: str, suffix: str) -> tuple[type, ...]:
    found: list[type] = []
    for folder in pkgutil.iter_modules(package.__path__):
        if not folder.ispkg:
            continue
        name = f"schema.{folder.name}.{room}"
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        found += [
            value
            for key, value in vars(module).items()
            if key.endswith(suffix) and isinstance(value, type) and value.__module__ == name
        ]
    return tuple(sorted(found, key=lambda cls: cls.__name__))


def build() -> WanggeSchema:
    """Build and check the schema. Raises TypeError naming every declaration at fault."""
    queries = merge_types("Query", (NodeQuery, *_classes("queries", "Query")))
    mutations = merge_types("Mutation", _classes("mutations", "Mutation"))
    made = WanggeSchema(
        query=queries,
        mutation=mutations,
        types=[definition.type for definition in NODES.values()],
        execution_context_class=CompiledExecutor,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    check(made._schema)
    check_descriptions(made._schema)
    check_mutations(made._schema)
    return made
