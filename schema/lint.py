"""The shape of the API, judged: Relay's rules and those of the API guide, a sentence per fault."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from infra.database.base import Kind
from schema.compiler.check import undescribed
from schema.compiler.sources import NODES

Composite = GraphQLObjectType | GraphQLInterfaceType

_TYPE = re.compile(r"[A-Z][A-Za-z0-9]*")
_FIELD = re.compile(r"[a-z][A-Za-z0-9]*")
_VALUE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_PREDICATE = re.compile(r"(is|has|can|should)[A-Z]")
_REFERENCE = re.compile(r"[a-z0-9]Ids?$")
_BOUND = re.compile(r"at most [\d,]+\b|\b[\d,]+ at most\b")

PAGE_INFO = {
    "hasNextPage": "Boolean!",
    "hasPreviousPage": "Boolean!",
    "startCursor": "String",
    "endCursor": "String",
}
PAGING = {"first": "Int", "last": "Int", "after": "String", "before": "String"}


def tenant_owned() -> set[str]:
    """Names of the types over a table that belongs to a tenant."""
    return {
        name
        for name, definition in NODES.items()
        if definition.table.info["kind"] is Kind.TENANT and name != "Tenant"
    }


def lint(schema: GraphQLSchema, owned: Collection[str] | None = None) -> list[str]:
    """Every fault as `coordinate: what is wrong`; empty when the schema is clean.

    `owned` names the types whose rows belong to a tenant (default: what the types declare).
    Rules: Relay's object identification and cursor connections, and the API guide's Shape.
    """
    owned = tenant_owned() if owned is None else owned
    faults = [*undescribed(schema), *_node(schema), *_page_info(schema), *_mutations(schema)]
    faults += _alike(schema)
    for name, type_ in schema.type_map.items():
        if not name.startswith("__"):
            faults += [f"{name}: {fault}" for fault in _type(type_, name in owned)]
            faults += [f"{name}.{key}: {fault}" for key, fault in _members(type_)]
    return faults


def _type(type_: GraphQLNamedType, is_owned: bool) -> Iterator[str]:
    if not _TYPE.fullmatch(type_.name):
        yield "a type is written in PascalCase"
    if isinstance(type_, GraphQLEnumType):
        for value in type_.values:
            if not _VALUE.fullmatch(value):
                yield f"{value}: an enum value is written in SCREAMING_SNAKE_CASE"
    if not isinstance(type_, GraphQLObjectType):
        return
    if is_owned and _of(type_, "tenant") != "Tenant!":
        yield "its rows belong to a tenant, so it has `tenant: Tenant!`"
    if type_.name.endswith("Connection"):
        yield from _connection(type_)
    if type_.name.endswith("Edge"):
        yield from _edge(type_)
    if _of(type_, "id") is not None and "Node" not in {i.name for i in type_.interfaces}:
        yield "it has an id, so it implements Node"


def _of(type_: GraphQLNamedType | None, field: str) -> str | None:
    """How the field's type is written, or None where there is no such field."""
    if not isinstance(type_, Composite) or field not in type_.fields:
        return None
    return str(type_.fields[field].type)


def _item(type_: Any) -> Any:
    """What a list holds, without the marks of nullability; None for anything else."""
    plain = get_nullable_type(type_)
    return get_nullable_type(plain.of_type) if is_list_type(plain) else None


def _connection(type_: GraphQLObjectType) -> Iterator[str]:
    """Relay, Cursor Connections §2, with `nodes` and `totalCount` beside it."""
    listed = {key: _item(field.type) for key, field in type_.fields.items()}
    nodes, edges = listed.get("nodes"), listed.get("edges")
    if nodes is None:
        yield "a connection has a list `nodes`"
    if edges is None or not edges.name.endswith("Edge"):
        yield "a connection has `edges`, a list of an …Edge type"
    elif nodes is not None and _of(edges, "node") not in (nodes.name, f"{nodes.name}!"):
        yield f"its edges do not lead to {nodes.name}, which its nodes are"
    if _of(type_, "pageInfo") != "PageInfo!":
        yield "a connection has `pageInfo: PageInfo!`"
    if (_of(type_, "totalCount") or "").rstrip("!") != "Int":
        yield "a connection has `totalCount` of type Int"


def _edge(type_: GraphQLObjectType) -> Iterator[str]:
    """Relay, Cursor Connections §3."""
    if "node" not in type_.fields or _item(type_.fields["node"].type) is not None:
        yield "an edge has one `node`"
    if _of(type_, "cursor") != "String!":
        yield "an edge has `cursor: String!`"


def _page_info(schema: GraphQLSchema) -> Iterator[str]:
    """Relay, Cursor Connections §5: exactly these fields."""
    found = schema.get_type("PageInfo")
    if not isinstance(found, GraphQLObjectType):
        yield "PageInfo: missing"
    elif {key: str(field.type) for key, field in found.fields.items()} != PAGE_INFO:
        wanted = ", ".join(f"{key}: {type_}" for key, type_ in PAGE_INFO.items())
        yield f"PageInfo: its fields are exactly {wanted}"


def _node(schema: GraphQLSchema) -> Iterator[str]:
    """Relay, Global Object Identification §2–3, with `nodes` beside `node`."""
    node = schema.get_type("Node")
    if not isinstance(node, GraphQLInterfaceType) or (
        [_of(node, key) for key in node.fields] != ["ID!"] or "id" not in node.fields
    ):
        yield "Node: an interface with the one field `id: ID!`"
    roots = schema.query_type.fields if schema.query_type else {}
    for name, argument, given, answer in (
        ("node", "id", "ID!", "Node"),
        ("nodes", "ids", "[ID!]!", "[Node]"),
    ):
        field = roots.get(name)
        written = field and ({key: str(a.type) for key, a in field.args.items()}, str(field.type))
        if written != ({argument: given}, answer):
            yield f"Query.{name}: declared as `{name}({argument}: {given}): {answer}`"


def _members(type_: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    """(field, or field and argument; what is wrong with it)."""
    if isinstance(type_, GraphQLInputObjectType):
        for key, item in type_.fields.items():
            for fault in _given(key, item):
                yield key, fault
    if not isinstance(type_, Composite):
        return
    for key, field in type_.fields.items():
        for fault in _field(key, field):
            yield key, fault
        for argument, given in field.args.items():
            for fault in _given(argument, given):
                yield f"{key}({argument}:)", fault


def _given(name: str, given: GraphQLArgument | GraphQLInputField) -> Iterator[str]:
    if not _FIELD.fullmatch(name):
        yield "written in camelCase"
    if _item(given.type) is not None and not _BOUND.search(given.description or ""):
        yield "a list is bounded, and its description says so: `at most 100`"


def _field(name: str, field: GraphQLField) -> Iterator[str]:
    named = get_named_type(field.type)
    if not _FIELD.fullmatch(name):
        yield "written in camelCase"
    if named.name == "Boolean" and not _PREDICATE.match(name):
        yield "a Boolean begins with is, has, can or should"
    if named.name in ("ID", "String") and _REFERENCE.search(name):
        yield "an object is a field of its own type, not an id of it"
    if named.name.endswith("Connection"):
        given = {key: str(argument.type) for key, argument in field.args.items()}
        missing = [f"{key}: {type_}" for key, type_ in PAGING.items() if given.get(key) != type_]
        if missing:
            yield f"a connection takes {', '.join(missing)}"


def _mutations(schema: GraphQLSchema) -> Iterator[str]:
    """API guide, Shape and Errors: noun and verb, one input, a payload with its user errors."""
    roots = schema.mutation_type.fields if schema.mutation_type else {}
    nouns = {name for name, type_ in schema.type_map.items() if isinstance(type_, Composite)}
    for name, field in roots.items():
        faults = [*_mutation(name, field, nouns), *_payload(get_named_type(field.type))]
        yield from (f"Mutation.{name}: {fault}" for fault in faults)


def _mutation(name: str, field: GraphQLField, nouns: set[str]) -> Iterator[str]:
    words = re.findall(r"[A-Z][a-z0-9]*", name[:1].upper() + name[1:])
    if not any("".join(words[:count]) in nouns for count in range(1, len(words))):
        yield "named noun-verb: a type of the schema, then what is done to it"
    if is_non_null_type(field.type):
        yield "nullable, or its failure nulls its neighbours"
    given = field.args.get("input")
    named = get_named_type(given.type) if given is not None else None
    if not isinstance(named, GraphQLInputObjectType):
        yield "takes an input object as its argument `input`"
    elif list(field.args) != ["input"] or str(given and given.type) != f"{named.name}!":
        yield "takes one argument, `input`, and that not null"
    elif "status" in named.fields:
        yield "one business action: a state is no input of it"


def _payload(payload: GraphQLNamedType) -> Iterator[str]:
    if not isinstance(payload, GraphQLObjectType) or not payload.name.endswith("Payload"):
        yield "answers with an object type named …Payload"
        return
    told = payload.fields.get("userErrors")
    if told is None or re.fullmatch(r"\[\w*UserError!\]!", str(told.type)) is None:
        yield "its payload has `userErrors: [UserError!]!`"
    elif not {"field", "message", "code"} <= get_named_type(told.type).fields.keys():
        yield "a user error has field, message and code"
    for key, field in payload.fields.items():
        if key != "userErrors" and is_non_null_type(field.type):
            yield f"its payload's {key} is nullable: a refusal has no object"


def _form(type_: Any) -> str:
    """Nullability and list-ness: `[object!]!` for a list of any type with fields."""
    named = get_named_type(type_)
    kind = "scalar" if isinstance(named, GraphQLScalarType | GraphQLEnumType) else "object"
    return str(type_).replace(named.name, kind)


def _alike(schema: GraphQLSchema) -> Iterator[str]:
    """GraphQL §5.3.2: fragments on two types may not answer one name in two forms.

    Else `node(id:) { ... on A { f } ... on B { f } }` is refused, whoever writes it.
    """
    for name, type_ in schema.type_map.items():
        if not isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            continue
        forms: dict[str, dict[str, list[str]]] = {}
        for possible in schema.get_possible_types(type_):
            for key, field in possible.fields.items():
                forms.setdefault(key, {}).setdefault(_form(field.type), []).append(possible.name)
        for key, found in sorted(forms.items()):
            if len(found) > 1:
                told = "; ".join(f"{form} in {', '.join(of)}" for form, of in sorted(found.items()))
                yield f"{name}: {key} has several forms, so fragments on both are refused: {told}"
