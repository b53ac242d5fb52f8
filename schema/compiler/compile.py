"""Walks a selection with the executor's own rules and writes the statement's text."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from graphql import GraphQLError, GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type
from graphql.type import is_interface_type
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql

from infra.errors import Forbidden
from schema.compiler.connections import connection
from schema.compiler.declared import node_of, pairs, python_name, source_of
from schema.compiler.expressions import (
    at,
    encode,
    json_row,
    named_part,
    opaque_id,
    readable,
    readable_table,
    render,
    visibility,
)
from schema.compiler.plan import MARK, Getter, Patch, Plan
from schema.compiler.sources import (
    NODES,
    READERS,
    Column,
    Computed,
    Embedded,
    Lazy,
    NodeDefinition,
    Relation,
)
from tenants.access import Permission
from tenants.compiled_door import PARAMETERS
from tenants.scope import Scope, ScopeKind

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_NO_UUID = "'00000000-0000-0000-0000-000000000000'"

FieldDetails = list[Any]


class Compiler:
    """One compilation: an executor for the language's rules, a scope for the rows."""

    def __init__(self, executor: Any, scope: Scope, permissions: frozenset[Permission]) -> None:
        self.executor = executor
        self.scope = scope
        self.permissions = permissions
        self.plan = Plan()
        self.rows = (f'"${number}"' for number in itertools.count(1))
        self._may_be_null: list[bool] = []

    def root(self, definition: GraphQLField, details: FieldDetails, lazy: Lazy, of: Any) -> Plan:
        """The plan of a field of type `of` that resolved to a Lazy."""
        source = lazy.source
        self._require(source.requires, details)
        named: Any = get_named_type(of)
        if source.many:
            self._require_table(node_of(named), details)
            text = connection(self, definition, named, details, [], source)
        else:
            if is_interface_type(named):
                # `node(id:)` opens nothing that the type's own root would refuse.
                self._require(READERS.get(lazy.type_name or ""), details)
                named = self.executor.schema.get_type(lazy.type_name)
            self._require_table(NODES[named.name], details)
            text = self._by_key(named, details, lazy)
        self.plan.select = text
        return self.plan

    def _by_key(self, named: GraphQLObjectType, details: FieldDetails, lazy: Lazy) -> str:
        target = NODES[named.name]
        row = next(self.rows)
        conditions = self.scoped(target, row)
        # A tenant's number is its whole key; its opaque id carries no uuid.
        if lazy.id is not None and target.id_column != target.tenant_column:
            bound = self.bind("uuid", lambda run: run.lazy.id)
            conditions.append(f'{row}."{target.id_column}" = {bound}')
        if lazy.tenant_id is not None:
            bound = self.bind("int", lambda run: run.lazy.tenant_id)
            conditions.append(f'{row}."{target.tenant_column}" = {bound}')
        for index, (name, _) in enumerate(lazy.match):
            sql_type = str(target.table.c[name].type.compile(dialect=_DIALECT))
            bound = self.bind(sql_type, _matched(index))
            conditions.append(f'{row}."{name}" = {bound}')
        return self._select_one(named, target, row, details, conditions)

    def _select_one(
        self,
        named: GraphQLObjectType,
        target: NodeDefinition,
        row: str,
        details: FieldDetails,
        conditions: list[str],
    ) -> str:
        body = self.object(named, target, row, self.subfields(named, details))
        return f'(SELECT {body} FROM "{target.table.name}" {row} WHERE {" AND ".join(conditions)})'  # noqa: S608

    def object(
        self, named: GraphQLObjectType, target: NodeDefinition, row: str, subfields: Any
    ) -> str:
        """A row as a JSON object with the selected fields."""
        parts = []
        for key, details in subfields.items():
            name = details[0].node.name.value
            if name == "__typename":
                text = f"'{named.name}'::text"
            else:
                definition = named.fields[name]
                with self.position(definition.type):
                    text = self._field(definition, details, target, row)
            parts.append(named_part(text, key, details))
        return json_row(parts)

    def _field(
        self, definition: GraphQLField, details: FieldDetails, target: NodeDefinition, row: str
    ) -> str:
        source = source_of(definition)
        name = details[0].node.name.value
        if source is None and name == "id":
            tenant, row_id = (f'{row}."{c}"' for c in (target.tenant_column, target.id_column))
            is_tenant = target.id_column == target.tenant_column
            return opaque_id(target.name, tenant, _NO_UUID if is_tenant else row_id)
        allowed = source.requires is None or source.requires in self.permissions
        match source:
            case Column():
                return self._column(definition, source, details, target, row, allowed)
            case _ if not allowed:
                return self._failing(details, Forbidden())
            case Embedded():
                named = cast(GraphQLObjectType, get_named_type(definition.type))
                return self._embedded(named, source, details, target, row)
            case Computed():
                return self._computed(source, details, target, row)
            case Relation():
                return self._relation(definition, source, details, target, row)
            case _:
                raise TypeError(f"{target.name}.{name} declares no source")

    def _column(
        self,
        definition: GraphQLField,
        source: Column,
        details: FieldDetails,
        target: NodeDefinition,
        row: str,
        allowed: bool,
    ) -> str:
        for expression, may in ((source.expression, allowed), (source.otherwise, True)):
            if may and expression is not None and readable(expression, self.scope.role):
                scalar = get_named_type(definition.type).name
                return encode(scalar, at(render(expression, target.table), row))
        return self._failing(details, Forbidden())

    def _computed(
        self, source: Computed, details: FieldDetails, target: NodeDefinition, row: str
    ) -> str:
        inputs = source.inputs.values()
        if not all(readable(expression, self.scope.role) for expression in inputs):
            return self._failing(details, Forbidden())
        texts = [f"to_json({at(render(e, target.table), row)})" for e in inputs]
        patch = Patch(source.function, tuple(source.inputs), _nodes(details), self._survives())
        return self._patch(patch, texts)

    def _embedded(
        self,
        named: GraphQLObjectType,
        source: Embedded,
        details: FieldDetails,
        target: NodeDefinition,
        row: str,
    ) -> str:
        parts = []
        for key, sub in self.subfields(named, details).items():
            name = sub[0].node.name.value
            if name == "__typename":
                text = f"'{named.name}'::text"
            else:
                definition = named.fields[name]
                plain = Column(source.fields[python_name(definition)])
                with self.position(definition.type):
                    text = self._column(definition, plain, sub, target, row, True)
            parts.append(named_part(text, key, sub))
        return json_row(parts)

    def _relation(
        self,
        definition: GraphQLField,
        source: Relation,
        details: FieldDetails,
        parent: NodeDefinition,
        row: str,
    ) -> str:
        named = cast(GraphQLObjectType, get_named_type(definition.type))
        target = node_of(named) if source.many else NODES[named.name]
        if not readable_table(target.table, self.scope.role):
            return self._failing(details, Forbidden())
        equalities = [
            (theirs, f'{row}."{ours}"')
            for theirs, ours in pairs(source.attribute, parent, target, source.many)
        ]
        if source.many:
            return connection(self, definition, named, details, equalities, source)
        inner = next(self.rows)
        conditions = [f'{inner}."{theirs}" = {ours}' for theirs, ours in equalities]
        conditions += self.seen(target, inner, source.where)
        text = self._select_one(named, target, inner, details, conditions)
        if not isinstance(definition.type, GraphQLNonNull):
            return text
        missing = TypeError(f"{parent.name}.{details[0].node.name.value} found no visible row")
        return f"coalesce({text}, {self._failing(details, missing)})"

    def scoped(
        self, target: NodeDefinition, row: str, where: ColumnElement[bool] | None = None
    ) -> list[str]:
        """Conditions of a row that hangs on nothing: the scope's tenants, taken from `s`."""
        column = f'{row}."{target.tenant_column}"'
        tenants = f"{column} = s.tenant"
        if self.scope.kind is ScopeKind.JURISDICTION:
            tenants = f"{column} BETWEEN s.lo AND s.hi"
        if self.scope.has_exceptions:
            tenants = f"({tenants} AND {column} <> ALL(s.moved_out) OR {column} = ANY(s.moved_in))"
        return [tenants, *self.seen(target, row, where)]

    def seen(
        self, target: NodeDefinition, row: str, where: ColumnElement[bool] | None
    ) -> list[str]:
        """What every relation to a type adds: its visibility and its declared restrictions."""
        found = [at(visibility(target, self.scope), row)]
        found += [at(render(w, target.table), row) for w in (target.where, where) if w is not None]
        return [f"({text})" for text in found]

    def subfields(self, named: GraphQLObjectType, details: FieldDetails) -> Any:
        """The selection below a field: merging, fragments and @skip are the executor's."""
        return self.executor.collect_subfields(named, details).grouped_field_set

    def bind(self, sql_type: str, getter: Getter) -> str:
        """The text of a new parameter."""
        return self.plan.bind(sql_type, getter, PARAMETERS)

    @contextmanager
    def position(self, type_: Any) -> Iterator[None]:
        """One more entry of the path, which null may or may not stand in."""
        self._may_be_null.append(not isinstance(type_, GraphQLNonNull))
        try:
            yield
        finally:
            self._may_be_null.pop()

    def _survives(self) -> int:
        depth = len(self._may_be_null)
        return next((n for n in range(depth, 0, -1) if self._may_be_null[n - 1]), 0)

    def _failing(self, details: FieldDetails, failure: Exception) -> str:
        return self._patch(Patch(None, (), _nodes(details), self._survives(), failure), [])

    def _patch(self, patch: Patch, texts: list[str]) -> str:
        self.plan.patches.append(patch)
        listed = ", ".join([str(len(self.plan.patches) - 1), *texts])
        return f"json_build_object('{MARK}', json_build_array({listed}))"

    def _require(self, permission: Permission | None, details: FieldDetails) -> None:
        if permission is not None and permission not in self.permissions:
            raise GraphQLError(
                "not allowed", _nodes(details), original_error=Forbidden(permission.value)
            )

    def _require_table(self, target: NodeDefinition, details: FieldDetails) -> None:
        if not readable_table(target.table, self.scope.role):
            raise GraphQLError("not allowed", _nodes(details), original_error=Forbidden())


def _matched(index: int) -> Getter:
    return lambda run: run.lazy.match[index][1]


def _nodes(details: FieldDetails) -> list[Any]:
    return [detail.node for detail in details]
