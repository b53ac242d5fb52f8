"""Walks a selection with the executor's own rules and writes the statement's text."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from graphql import GraphQLError, GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type
from graphql.type import is_abstract_type
from sqlalchemy import ColumnElement

from infra.errors import Forbidden
from schema.compiler.connections import Connections
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
    sql_type,
    visibility,
)
from schema.compiler.groups import Groups
from schema.compiler.plan import MARK, Getter, Patch, Plan
from schema.compiler.sources import (
    NODES,
    READERS,
    Choice,
    Column,
    Computed,
    Embedded,
    Every,
    Grouped,
    Lazy,
    NodeDefinition,
    Relation,
    Root,
    Several,
)
from schema.errors import Code, refused
from schema.pagination import MAX_PAGE
from tenants.access import Permission
from tenants.compiled_door import PARAMETERS
from tenants.scope import Scope, ScopeKind

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
        named: Any = get_named_type(of)
        match lazy.source:
            case Several():
                text = self._several(definition, details, lazy)
            case Every() as source:
                self._require(source.requires, node_of(named), details)
                text = Connections(self, definition, details, [], source.where).text()
            case Grouped() as source:
                self._require(source.requires, node_of(named), details)
                text = Groups(self, definition, details, source).text()
            case Root() as source:
                if is_abstract_type(named):
                    named = self.executor.schema.get_type(lazy.type_name)
                self._require(source.requires, NODES[named.name], details)
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
            bound = self.bind(sql_type(target.table.c[name]), _matched(index))
            conditions.append(f'{row}."{name}" = {bound}')
        return self.select_one(named, target, row, details, conditions)

    def _several(self, definition: GraphQLField, details: FieldDetails, lazy: Lazy) -> str:
        """Rows of several types by ids: a CASE of sub-selects, one per type that is asked for."""

        def few(run: Any) -> None:
            if len(run.lazy.ids) > MAX_PAGE:
                raise refused(
                    Code.BAD_USER_INPUT,
                    zh=f"`ids` 至多 {MAX_PAGE} 个",
                    en=f"`ids` has at most {MAX_PAGE} values",
                    nodes=_nodes(details),
                )

        self.plan.checks.append(few)
        given, branches = next(self.rows), []
        item = cast(Any, get_named_type(definition.type))
        present = sorted({one.type for one in lazy.ids if one and one.type in READERS})
        with self.position(item):
            for name in present:
                named, target = self.executor.schema.get_type(name), NODES[name]
                if self._may(READERS[name].requires, target):
                    row = next(self.rows)
                    conditions = self.scoped(target, row)
                    conditions.append(f'{row}."{target.tenant_column}" = {given}.tenant')
                    if target.id_column != target.tenant_column:
                        conditions.append(f'{row}."{target.id_column}" = {given}.id')
                    text = self.select_one(named, target, row, details, conditions)
                else:
                    text = self._failing(details, Forbidden())
                branches.append(f"WHEN '{name}' THEN {text}")
        arrays = [
            self.bind("text[]", lambda run: [one.type if one else "" for one in run.lazy.ids]),
            self.bind("int[]", lambda run: [one.tenant_id if one else -1 for one in run.lazy.ids]),
            self.bind("uuid[]", lambda run: [one.id if one else None for one in run.lazy.ids]),
        ]
        found = f"CASE {given}.type {' '.join(branches)} END" if branches else "NULL::json"
        return (
            f"(SELECT coalesce(json_agg({found} ORDER BY {given}.ord), '[]')"  # noqa: S608
            f" FROM unnest({', '.join(arrays)}) WITH ORDINALITY {given}(type, tenant, id, ord))"
        )

    def select_one(
        self,
        named: GraphQLObjectType,
        target: NodeDefinition,
        row: str,
        details: FieldDetails,
        conditions: list[str],
    ) -> str:
        """A scalar sub-select: the one row that fulfils the conditions, as a JSON object."""
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
            case Choice():
                return self._choice(source, details, target, row)
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
        if source.over is None:
            return json_row(parts)
        if not readable(source.over.element, self.scope.role):
            return self._failing(details, Forbidden())
        over = at(render(source.over.element, target.table), row)
        return f"(SELECT {json_row(parts)} FROM ({over}) {source.over.name})"  # noqa: S608

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
            return Connections(self, definition, details, equalities, source.where).text()
        inner = next(self.rows)
        conditions = [f'{inner}."{theirs}" = {ours}' for theirs, ours in equalities]
        conditions += self.seen(target, inner, source.where)
        text = self.select_one(named, target, inner, details, conditions)
        if not isinstance(definition.type, GraphQLNonNull):
            return text
        missing = TypeError(f"{parent.name}.{details[0].node.name.value} found no visible row")
        return f"coalesce({text}, {self._failing(details, missing)})"

    def _choice(
        self, source: Choice, details: FieldDetails, parent: NodeDefinition, row: str
    ) -> str:
        """The row of the type that the discriminator names; a type not readable is denied."""
        branches = []
        for value, (type_name, attribute) in source.branches.items():
            named, target = self.executor.schema.get_type(type_name), NODES[type_name]
            if readable_table(target.table, self.scope.role):
                inner = next(self.rows)
                ours = at(render(attribute, parent.table), row)
                conditions = [
                    f'{inner}."{target.tenant_column}" = {row}."{parent.tenant_column}"',
                    f'{inner}."{target.id_column}" = {ours}',
                    *self.seen(target, inner, None),
                ]
                text = self.select_one(named, target, inner, details, conditions)
            else:
                text = self._failing(details, Forbidden())
            branches.append(f"WHEN '{value}' THEN {text}")
        chosen = at(render(source.discriminator, parent.table), row)
        return f"(CASE {chosen} {' '.join(branches)} END)"

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

    def bind(self, of: str, getter: Getter) -> str:
        """The text of a new parameter."""
        return self.plan.bind(of, getter, PARAMETERS)

    @contextmanager
    def unused(self) -> Iterator[None]:
        """Text written within is thrown away; its values are still judged at each run."""
        kept, self.plan = self.plan, Plan()
        try:
            yield
        finally:
            kept.checks += [*self.plan.checks, *self.plan.getters]
            self.plan = kept

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

    def _may(self, permission: Permission | None, target: NodeDefinition) -> bool:
        held = permission is None or permission in self.permissions
        return held and readable_table(target.table, self.scope.role)

    def _require(
        self, permission: Permission | None, target: NodeDefinition, details: FieldDetails
    ) -> None:
        if not self._may(permission, target):
            reason = Forbidden(permission.value if permission else target.name)
            raise GraphQLError("not allowed", _nodes(details), original_error=reason)


def _matched(index: int) -> Getter:
    return lambda run: run.lazy.match[index][1]


def _nodes(details: FieldDetails) -> list[Any]:
    return [detail.node for detail in details]
