"""Walks a selection with the executor's own rules and writes the statement's text."""

import itertools
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
)
from graphql.execution.values import get_argument_values
from sqlalchemy import ColumnElement, ForeignKeyConstraint
from strawberry.types.field import StrawberryField

from schema.compiler.expressions import at, encode, opaque_id, render
from schema.compiler.plan import MARK, Patch, Plan
from schema.compiler.sources import (
    NODES,
    SOURCE,
    Column,
    Computed,
    Embedded,
    Lazy,
    NodeDefinition,
    Relation,
    Root,
    Search,
)
from tenants.access import Permission
from tenants.scope import Scope, ScopeKind

MAX_PAGE = 100
MAX_KEY_BYTES = 63
"""PostgreSQL cuts longer identifiers silently."""

DOOR_PARAMETERS = 8
"""Parameters that the compiled door puts before ours; see tenants.compiled_door."""

FieldDetails = list[Any]


def source_of(definition: GraphQLField) -> Any:
    """What a field declared, or None."""
    declared = definition.extensions.get("strawberry-definition")
    return declared.metadata.get(SOURCE) if isinstance(declared, StrawberryField) else None


def python_name(definition: GraphQLField) -> str:
    """The field's name in Python."""
    return cast(StrawberryField, definition.extensions["strawberry-definition"]).python_name


class Compiler:
    """One compilation: an executor for the language's rules, a scope for the rows."""

    def __init__(self, executor: Any, scope: Scope, permissions: frozenset[Permission]) -> None:
        self.executor = executor
        self.scope = scope
        self.permissions = permissions
        self.plan = Plan()
        self._rows = (f'"${number}"' for number in itertools.count(1))

    def root(self, return_type: Any, details: FieldDetails, lazy: Lazy) -> Plan:
        """The plan of a field that resolved to a Lazy."""
        source = lazy.source
        self._require(source.requires, details)
        named = cast(GraphQLObjectType, get_named_type(return_type))
        if source.many:
            target = self._node_of_connection(named)
            text = self._connection(named, target, details, [], source)
        else:
            if lazy.type_name and lazy.type_name != named.name:
                named = self.executor.schema.get_type(lazy.type_name)
            text = self._by_key(named, details, lazy)
        self.plan.select = text
        return self.plan

    def _by_key(self, named: GraphQLObjectType, details: FieldDetails, lazy: Lazy) -> str:
        target = NODES[named.name]
        row = next(self._rows)
        conditions = self._scoped(target, row)
        if lazy.id is not None:
            bound = self._bind("uuid", lambda run: run.lazy.id)
            if target.id_column == target.tenant_column:
                conditions.append(f"{bound} IS NOT NULL")
            else:
                conditions.append(f'{row}."{target.id_column}" = {bound}')
        if lazy.tenant_id is not None:
            bound = self._bind("int", lambda run: run.lazy.tenant_id)
            conditions.append(f'{row}."{target.tenant_column}" = {bound}')
        for index, (name, _) in enumerate(lazy.match):
            sql_type = str(target.table.c[name].type.compile(dialect=_dialect()))
            bound = self._bind(sql_type, lambda run, index=index: run.lazy.match[index][1])
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
        body = self._object(named, target, row, self._subfields(named, details))
        return (
            f'(SELECT {body} FROM "{target.table.name}" {row} WHERE {" AND ".join(conditions)})'
        )

    def _object(
        self, named: GraphQLObjectType, target: NodeDefinition, row: str, subfields: Any
    ) -> str:
        parts = []
        for key, details in subfields.items():
            name = details[0].node.name.value
            if name == "__typename":
                text = f"'{named.name}'::text"
            else:
                definition = named.fields[name]
                text = self._field(definition, details, target, row)
            parts.append(f'{text} AS "{_response_key(key, details)}"')
        return _json_row(parts)

    def _field(
        self, definition: GraphQLField, details: FieldDetails, target: NodeDefinition, row: str
    ) -> str:
        source = source_of(definition)
        name = details[0].node.name.value
        if source is None and name == "id":
            tenant, row_id = (f'{row}."{c}"' for c in (target.tenant_column, target.id_column))
            return opaque_id(target.name, tenant, _uuid_of(target, row_id))
        allowed = source.requires is None or source.requires in self.permissions
        match source:
            case Column():
                if not allowed and source.otherwise is None:
                    return self._patch(Patch(None, (), _nodes(details)), [])
                expression = source.expression if allowed else source.otherwise
                scalar = get_named_type(definition.type).name
                return encode(scalar, at(render(expression, target.table), row))
            case _ if not allowed:
                return self._patch(Patch(None, (), _nodes(details)), [])
            case Embedded():
                named = cast(GraphQLObjectType, get_named_type(definition.type))
                return self._embedded(named, source, details, target, row)
            case Computed():
                texts = [
                    f"to_json({at(render(e, target.table), row)})" for e in source.inputs.values()
                ]
                patch = Patch(source.function, tuple(source.inputs), _nodes(details))
                return self._patch(patch, texts)
            case Relation():
                return self._relation(definition, source, details, target, row)
            case _:
                raise GraphQLError(f"{target.name}.{name} declares no source", _nodes(details))

    def _embedded(
        self,
        named: GraphQLObjectType,
        source: Embedded,
        details: FieldDetails,
        target: NodeDefinition,
        row: str,
    ) -> str:
        parts = []
        for key, sub in self._subfields(named, details).items():
            name = sub[0].node.name.value
            if name == "__typename":
                text = f"'{named.name}'::text"
            else:
                definition = named.fields[name]
                expression = source.fields[python_name(definition)]
                scalar = get_named_type(definition.type).name
                text = encode(scalar, at(render(expression, target.table), row))
            parts.append(f'{text} AS "{_response_key(key, sub)}"')
        return f"({_json_row(parts)})"

    def _relation(
        self,
        definition: GraphQLField,
        source: Relation,
        details: FieldDetails,
        parent: NodeDefinition,
        row: str,
    ) -> str:
        named = cast(GraphQLObjectType, get_named_type(definition.type))
        target = self._node_of_connection(named) if source.many else NODES[named.name]
        pairs = _pairs(source.attribute, parent, target, source.many)
        if source.many:
            return self._connection(
                named, target, details, [(theirs, f'{row}."{ours}"') for theirs, ours in pairs],
                source, definition,
            )
        inner = next(self._rows)
        conditions = [f'{inner}."{theirs}" = {row}."{ours}"' for theirs, ours in pairs]
        conditions += self._seen(target, inner, source.where)
        return self._select_one(named, target, inner, details, conditions)

    def _connection(
        self,
        named: GraphQLObjectType,
        target: NodeDefinition,
        details: FieldDetails,
        equalities: list[tuple[str, str]],
        source: Relation | Root,
        definition: GraphQLField | None = None,
    ) -> str:
        definition = definition or self.executor.wangge_field
        limit = self._page(definition, details)
        parts = []
        for key, sub in self._subfields(named, details).items():
            name = sub[0].node.name.value
            row = next(self._rows)
            conditions = [f'{row}."{theirs}" = {ours}' for theirs, ours in equalities]
            conditions += (
                self._seen(target, row, source.where)
                if equalities
                else self._scoped(target, row, source.where)
            )
            conditions += self._searched(source.search, target, row, definition, details)
            origin = f'FROM "{target.table.name}" {row} WHERE {" AND ".join(conditions)}'
            if name == "__typename":
                text = f"'{named.name}'::text"
            elif name == "totalCount":
                text = f"(SELECT count(*) {origin})"
            elif name == "nodes":
                element = cast(GraphQLObjectType, get_named_type(named.fields["nodes"].type))
                body = self._object(element, target, row, self._subfields(element, sub))
                order = [at(render(e, target.table), row) for e in source.order]
                order += [f'{row}."{c}"' for c in (target.tenant_column, target.id_column)]
                bound = self._bind("int", limit)
                text = (
                    f'(SELECT coalesce(json_agg("#"."#"), \'[]\') FROM (SELECT {body} AS "#"'
                    f' {origin} ORDER BY {", ".join(order)} LIMIT {bound}) "#")'
                )
            else:
                raise GraphQLError(f"{named.name}.{name} declares no source", _nodes(sub))
            parts.append(f'{text} AS "{_response_key(key, sub)}"')
        return f"({_json_row(parts)})"

    def _page(self, definition: GraphQLField, details: FieldDetails) -> Any:
        node = details[0].node

        def limit(run: Any) -> int:
            first = run.arguments(definition, node).get("first")
            if first is None or not 0 <= first <= MAX_PAGE:
                raise GraphQLError(
                    f"`first` is required, 0 to {MAX_PAGE}; `first` 必填，0 至 {MAX_PAGE}",
                    node,
                    extensions={"code": "BAD_USER_INPUT"},
                )
            return cast(int, first)

        self.plan.checks.append(limit)
        return limit

    def _searched(
        self,
        search: Search | None,
        target: NodeDefinition,
        row: str,
        definition: GraphQLField,
        details: FieldDetails,
    ) -> list[str]:
        if search is None:
            return []
        node = details[0].node
        given = self.executor.arguments(definition, node).get("q")
        if given is None:
            return []

        def grams(run: Any) -> list[str]:
            words = run.arguments(definition, node)["q"]
            found = list(search.grams(words))
            if not found:
                raise GraphQLError(
                    "`q` holds nothing to search for; `q` 没有可检索的内容",
                    node,
                    extensions={"code": "BAD_USER_INPUT"},
                )
            return found

        bound = self._bind("text[]", grams)
        postings, gram, reference = (
            search.gram.class_.__tablename__,
            search.gram.key,
            search.reference.key,
        )
        posting = (
            f'SELECT 1 FROM "{postings}" p WHERE p.tenant_id = {row}.tenant_id'
            f' AND p."{reference}" = {row}."{target.id_column}" AND p."{gram}" = '
        )
        # The first gram is an equality the planner can start from; the others filter.
        return [
            f"EXISTS ({posting}({bound})[1])",
            f"NOT EXISTS (SELECT 1 FROM unnest(({bound})[2:]) g(x)"
            f" WHERE NOT EXISTS ({posting}g.x))",
        ]

    def _scoped(
        self, target: NodeDefinition, row: str, where: ColumnElement[bool] | None = None
    ) -> list[str]:
        """Conditions of a row that hangs on nothing: the scope's tenants, taken from `s`."""
        column = f'{row}."{target.tenant_column}"'
        across = self.scope.kind is ScopeKind.JURISDICTION
        tenants = f"{column} BETWEEN s.lo AND s.hi" if across else f"{column} = s.tenant"
        return [tenants, *self._seen(target, row, where)]

    def _seen(
        self, target: NodeDefinition, row: str, where: ColumnElement[bool] | None
    ) -> list[str]:
        found = [at(render(target.visible(self.scope), target.table), row)]
        found += [at(render(w, target.table), row) for w in (target.where, where) if w is not None]
        return [f"({text})" for text in found]

    def _node_of_connection(self, named: GraphQLObjectType) -> NodeDefinition:
        return NODES[get_named_type(named.fields["nodes"].type).name]

    def _subfields(self, named: GraphQLObjectType, details: FieldDetails) -> Any:
        return self.executor.collect_subfields(named, details).grouped_field_set

    def _bind(self, sql_type: str, getter: Any) -> str:
        return self.plan.bind(sql_type, getter, DOOR_PARAMETERS)

    def _patch(self, patch: Patch, texts: list[str]) -> str:
        self.plan.patches.append(patch)
        listed = ", ".join([str(len(self.plan.patches) - 1), *texts])
        return f"json_build_object('{MARK}', json_build_array({listed}))"

    def _require(self, permission: Permission | None, details: FieldDetails) -> None:
        if permission is not None and permission not in self.permissions:
            raise GraphQLError("not allowed", _nodes(details), extensions={"code": "FORBIDDEN"})


def _pairs(
    attribute: Any, parent: NodeDefinition, target: NodeDefinition, is_many: bool
) -> list[tuple[str, str]]:
    """(their column, our column): from the composite foreign key whose last column it is.

    `tenant_id` itself relates a row to its tenant.
    """
    child, ancestor = (target, parent) if is_many else (parent, target)
    if attribute.key in ("tenant_id", "number"):
        equalities = [(attribute.key, ancestor.tenant_column)]
    else:
        equalities = []
        for constraint in attribute.class_.__table__.foreign_key_constraints:
            assert isinstance(constraint, ForeignKeyConstraint)  # noqa: S101
            if constraint.column_keys[-1] == attribute.key:
                equalities = [
                    (element.parent.name, element.column.name) for element in constraint.elements
                ]
        if not equalities:
            raise TypeError(f"{attribute} ends no foreign key of {child.name}")
    return [(c, a) if is_many else (a, c) for c, a in equalities]


def _json_row(parts: list[str]) -> str:
    """`$` as a column would be taken for the row, so no part is ever named so."""
    return f'(SELECT to_json("$") FROM (SELECT {", ".join(parts)}) "$")'


def _response_key(key: str, details: FieldDetails) -> str:
    if len(key) > MAX_KEY_BYTES:
        raise GraphQLError(
            f"a response name may have {MAX_KEY_BYTES} characters",
            _nodes(details),
            extensions={"code": "BAD_USER_INPUT"},
        )
    return key


def _uuid_of(target: NodeDefinition, text: str) -> str:
    if target.id_column == target.tenant_column:
        return "'00000000-0000-0000-0000-000000000000'"
    return text


def _nodes(details: FieldDetails) -> list[Any]:
    return [detail.node for detail in details]


def _dialect() -> Any:
    from sqlalchemy.dialects import postgresql

    return postgresql.dialect()  # type: ignore[no-untyped-call]


def is_nullable(type_: Any) -> bool:
    """Whether null may stand there."""
    return not isinstance(type_, GraphQLNonNull) and not is_list_type(type_)


__all__ = ["Compiler", "get_argument_values", "is_nullable", "source_of"]
