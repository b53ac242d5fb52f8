"""Start-up checks: what a declaration promises is true, or the schema does not build."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.type import get_nullable_type, is_specified_scalar_type
from sqlalchemy import BigInteger
from sqlalchemy.sql.elements import ColumnClause
from strawberry.types.field import StrawberryField

from infra.database.base import Sensitivity
from schema.compiler.declared import node_of, pairs, python_name, source_of
from schema.compiler.expressions import ROW, clause, own_columns, render
from schema.compiler.keyset import order_of
from schema.compiler.lists import Measure
from schema.compiler.sources import (
    LISTS,
    NODES,
    Choice,
    Column,
    Computed,
    Embedded,
    NodeDefinition,
    Relation,
)

_CHINESE = re.compile(r"^[㐀-鿿]")
_ENCODED = ("DateTime", "Date", "Money", "Percent")
_SECRET = (Sensitivity.PERSONAL, Sensitivity.SEALED)


def check(schema: GraphQLSchema) -> None:
    """Raise TypeError with one line per fault.

    A type over a table needs `visible` and a source for every field, a field that may be denied
    must be nullable or say what stands there otherwise, relations follow a foreign key between
    the two tables, and a list is ordered by what is never null and may stand in a cursor.
    """
    faults: list[str] = []
    for definition in NODES.values():
        faults += _node_faults(schema, definition)
    for name in LISTS:
        faults += _list_faults(schema, name)
    if faults:
        raise TypeError("the schema does not hold what it declares:\n" + "\n".join(faults))


def _node_faults(schema: GraphQLSchema, definition: NodeDefinition) -> Iterator[str]:
    if not callable(definition.visible):
        yield f"{definition.name}: no visible(scope); write ALL_OF_TENANT where it is meant"
    graphql_type = schema.get_type(definition.name)
    if not isinstance(graphql_type, GraphQLObjectType):
        yield f"{definition.name}: not in the schema"
        return
    for name, field in graphql_type.fields.items():
        if name != "id":
            for fault in _field_faults(definition, field):
                yield f"{definition.name}.{name}: {fault}"


def _field_faults(definition: NodeDefinition, field: GraphQLField) -> Iterator[str]:
    source = source_of(field)
    declared = field.extensions.get("strawberry-definition")
    has_resolver = isinstance(declared, StrawberryField) and declared.base_resolver is not None
    if has_resolver:
        yield "a resolver per row; use computed()"
    if not isinstance(source, Column | Embedded | Relation | Computed | Choice):
        yield "declares no source"
        return
    replaced = isinstance(source, Column) and source.otherwise is not None
    may_fail = isinstance(source, Computed | Choice)
    may_fail |= source.requires is not None and not replaced
    if is_non_null_type(field.type) and may_fail:
        yield "may be denied or fail, so it must be nullable"
    match source:
        case Column():
            yield from _expression_faults(definition, field.type, source.expression)
            if replaced:
                yield from _expression_faults(definition, field.type, source.otherwise)
            if source.order is not None:
                yield from _order_faults(definition, (source.order,))
                if source.requires is not None:
                    yield "an order would tell what the permission hides"
        case Embedded():
            yield from _embedded_faults(definition, field, source)
        case Computed():
            for expression in source.inputs.values():
                if ROW in render(expression, definition.table) and not own_columns(expression):
                    yield f"a constant text holds {ROW}"
        case Relation():
            yield from _relation_faults(definition, field, source)
        case Choice():
            yield from _choice_faults(field, source)


def _choice_faults(field: GraphQLField, source: Choice) -> Iterator[str]:
    named = get_named_type(field.type)
    if not isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        yield "choice() makes a union or an interface, this is neither"
    for type_name, attribute in source.branches.values():
        if type_name not in NODES:
            yield f"{type_name} is no type over a table"
        elif isinstance(named, GraphQLUnionType) and type_name not in {t.name for t in named.types}:
            yield f"{type_name} is no member of {named.name}"
        if not isinstance(clause(attribute), ColumnClause):
            yield f"{attribute} is no column that holds an id"


def _list_faults(schema: GraphQLSchema, name: str) -> Iterator[str]:
    """A connection's own order; a grouping's dimensions, null unless grouped by."""
    named = schema.get_type(name)
    if not isinstance(named, GraphQLObjectType):
        yield f"{name}: not in the schema"
        return
    target = node_of(named)
    for fault in _order_faults(target, LISTS[name].order):
        yield f"{name}: {fault}"
    for key, field in named.fields.items():
        source = source_of(field)
        if source is None or isinstance(source, Measure):
            continue
        if not isinstance(source, Column | Relation):
            yield f"{name}.{key}: a dimension is a column or one row"
        elif is_non_null_type(field.type):
            yield f"{name}.{key}: a dimension is null unless grouped by, so it must be nullable"


def _order_faults(definition: NodeDefinition, expressions: tuple[Any, ...]) -> Iterator[str]:
    try:
        order_of(definition, expressions, None)
    except TypeError as wrong:
        yield str(wrong)
    for expression in expressions:
        if any(getattr(column, "nullable", False) for column in _plainly(expression)):
            yield "ordered by a column that may be null"
        if any(c.info.get("sensitivity") in _SECRET for c in own_columns(expression)):
            yield "a cursor would show what it is ordered by"


def _plainly(expression: Any) -> list[Any]:
    """The column an order is by, unless it is computed from several."""
    plain = clause(expression)
    plain = getattr(plain, "element", plain)
    return [plain] if isinstance(plain, ColumnClause) else []


def _embedded_faults(
    definition: NodeDefinition, field: GraphQLField, source: Embedded
) -> Iterator[str]:
    named = get_named_type(field.type)
    if not isinstance(named, GraphQLObjectType):
        yield "embedded() makes an object, this is none"
        return
    for name, inner in named.fields.items():
        expression = source.fields.get(python_name(inner))
        if expression is None:
            yield f"embedded() says nothing of {name}"
        else:
            yield from _expression_faults(definition, inner.type, expression)


def _expression_faults(definition: NodeDefinition, type_: Any, expression: Any) -> Iterator[str]:
    named = get_named_type(type_)
    if is_list_type(get_nullable_type(type_)) and named.name in _ENCODED:
        yield f"a list of {named.name} is not encoded item by item"
    if isinstance(named, GraphQLEnumType):
        odd = [
            key
            for key, item in named.values.items()
            if (item.value.value if isinstance(item.value, Enum) else item.value) != key
        ]
        if odd:
            yield f"enum values are stored as their names, these are not: {', '.join(odd)}"
    plain = getattr(expression, "__clause_element__", lambda: expression)()
    if not isinstance(plain, ColumnClause):
        return
    if named.name == "Int" and isinstance(plain.type, BigInteger):
        yield "Int has 32 bits, the column 64"
    if is_non_null_type(type_) and getattr(plain, "nullable", False):
        yield "the column may be null, the field may not"


def _relation_faults(
    definition: NodeDefinition, field: GraphQLField, source: Relation
) -> Iterator[str]:
    named = get_named_type(field.type)
    if not isinstance(named, GraphQLObjectType):
        yield "a relation leads to a type over a table"
        return
    if source.many and named.name not in LISTS:
        yield "many() needs a connection type with nodes"
        return
    target = node_of(named) if source.many else NODES.get(named.name)
    if target is None:
        yield f"{named.name} is no type over a table"
        return
    try:
        pairs(source.attribute, definition, target, source.many)
    except TypeError as wrong:
        yield str(wrong)
        return
    nullable = source.attribute.property.columns[0].nullable
    if not source.many and is_non_null_type(field.type) and nullable:
        yield "the foreign key may be null, the field may not"


def check_descriptions(schema: GraphQLSchema) -> None:
    """Raise TypeError naming everything whose description does not begin with its Chinese term."""
    faults = list(undescribed(schema))
    if faults:
        raise TypeError("\n".join(faults))


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """Everything whose description does not begin with the Chinese term (API guide, Shape)."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        if type_ not in roots:
            yield from _says(name, type_.description)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in type_.fields.items():
                yield from _says(f"{name}.{key}", field.description)
                for argument, given in field.args.items():
                    yield from _says(f"{name}.{key}({argument}:)", given.description)
        elif isinstance(type_, GraphQLInputObjectType):
            for key, item in type_.fields.items():
                yield from _says(f"{name}.{key}", item.description)
        elif isinstance(type_, GraphQLEnumType):
            for key, value in type_.values.items():
                yield from _says(f"{name}.{key}", value.description)
        elif isinstance(type_, GraphQLUnionType):
            continue


def _says(where: str, description: str | None) -> Iterator[str]:
    if not _CHINESE.match(description or ""):
        yield f"{where}: its description must begin with the Chinese term"
