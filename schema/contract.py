"""Start-up check of the mutations: names, arguments, payloads and codes are as the guide says."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from schema.compiler.declared import source_of
from schema.fields import Mutation, own_scope
from schema.payloads import PAYLOADS, Declared, is_node

_GENERIC = re.compile(r"(Update|Set|Edit|Modify|Change|Save|Upsert)$")
"""Verbs that name no business action."""


def check_mutations(schema: GraphQLSchema) -> None:
    """Raise TypeError with one line per mutation that breaks the API guide (Shape, Errors)."""
    fields = schema.mutation_type.fields if schema.mutation_type else {}
    faults = [
        f"Mutation.{name}: {fault}"
        for name, field in fields.items()
        for fault in _faults(name, field)
    ]
    if faults:
        raise TypeError("mutations that break the API guide:\n" + "\n".join(faults))


def _faults(name: str, field: GraphQLField) -> Iterator[str]:
    source = source_of(field)
    if not isinstance(source, Mutation):
        yield "declared without @mutation"
        return
    declared = PAYLOADS.get(source.payload)
    answered = get_named_type(field.type)
    if declared is None or not isinstance(answered, GraphQLObjectType):
        yield "answers no payload(…)"
        return
    yield from _name_faults(name, declared)
    yield from _payload_faults(field, answered, declared)
    given = field.args.get("input")
    kind = get_named_type(given.type) if given else None
    wanted = f"{name[0].upper()}{name[1:]}Input"
    if list(field.args) != ["input"] or not isinstance(kind, GraphQLInputObjectType):
        yield f"takes one argument, `input: {wanted}!`"
        return
    if given is not None and (kind.name != wanted or not is_non_null_type(given.type)):
        yield f"its input is a {wanted}!, not a {given.type}"
    yield from _input_faults(source, kind, answered, declared)


def _name_faults(name: str, declared: Declared) -> Iterator[str]:
    noun = declared.codes.__name__.removesuffix("ErrorCode")
    begins = noun[0].lower() + noun[1:]
    verb = name.removeprefix(begins)
    if verb == name or not verb[:1].isupper():
        yield f"is not noun-verb: it begins with `{begins}`, the noun of its error codes"
    if _GENERIC.search(verb):
        yield "names no business action"


def _payload_faults(
    field: GraphQLField, answered: GraphQLObjectType, declared: Declared
) -> Iterator[str]:
    if is_non_null_type(field.type):
        yield "must be nullable, or its failure nulls them all"
    if not answered.name.endswith("Payload"):
        yield f"{answered.name} is not named …Payload"
    errors = f"[{declared.error.__name__}!]!"
    for key, item in answered.fields.items():
        if key == "userErrors":
            if str(item.type) != errors:
                yield f"its userErrors are {errors}, not {item.type}"
        elif is_non_null_type(item.type):
            yield f"{answered.name}.{key} must be nullable, for a refusal"
        elif is_list_type(item.type):
            yield f"{answered.name}.{key} is a list, which cannot be read again; use a connection"


def _input_faults(
    source: Mutation, given: GraphQLInputObjectType, answered: GraphQLObjectType, declared: Declared
) -> Iterator[str]:
    codes = set(declared.codes.__members__)
    keys = {"IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED"}
    needed: set[str] = set()
    objects = list(declared.objects.values())
    if "status" in given.fields:
        yield f"{given.name}.status: a state is reached by the action that leads to it"
    if any(get_named_type(item.type).name == "ID" for item in given.fields.values()):
        needed.add("NOT_FOUND")
    key = given.fields.get("idempotencyKey")
    if source.idempotent:
        needed |= keys
        if key is None or str(key.type) != "String!":
            yield f"is idempotent, so {given.name} has `idempotency_key: str`"
        if not all(map(is_node, objects)):
            yield f"is idempotent, so all of {answered.name} must be objects with an id"
    elif key is not None:
        needed |= keys
        if source.scope is own_scope:
            yield f"{given.name} has an idempotencyKey that nothing reads; say idempotent=True"
    version = given.fields.get("expectedVersion")
    if version is not None:
        needed.add("CONFLICT")
        shown = next(iter(answered.fields.values()))
        object_type = get_named_type(shown.type)
        has_version = isinstance(object_type, GraphQLObjectType) and "version" in object_type.fields
        if not (isinstance(version.type, GraphQLNonNull) and is_node(objects[0]) and has_version):
            yield "takes `expectedVersion: Int!`, so its payload begins with the versioned object"
    for code in sorted(needed - codes):
        yield f"can be refused with {code}, which {declared.codes.__name__} does not have"
