"""Another county's and another grid's ids answer as unknown ids do, everywhere in the schema."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from infra.ids import decode_id, encode_id, new_id
from schema.compiler.executor import PLANS
from schema.compiler.sources import NODES
from tenants.scope import ALL_OF_TENANT
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data, whole_schema
from tests.schema.world import World, digest, telling, wanted_type

OTHERS = ("clue_officer", "county_officer", "officer1")


def root(name: str) -> GraphQLObjectType:
    """Query or Mutation."""
    found = whole_schema()._schema.get_type(name)
    assert isinstance(found, GraphQLObjectType)
    return found


def by_id_documents() -> Iterator[tuple[str, str, str]]:
    """(name, type, document) of every way to give a root field an id, whatever the argument.

    The type is what such an id names: a node's for `node` and `nodes`.
    """
    for name, field in root("Query").fields.items():
        given_type = get_named_type(field.type).name
        for argument, given in field.args.items():
            named = get_named_type(given.type)
            if named.name == "ID":
                match argument:
                    case "id":
                        yield name, given_type, f"query($id: ID!) {{ {name}(id: $id) {{ id }} }}"
                    case "ids":
                        yield name, given_type, f"query($id: ID!) {{ {name}(ids: [$id]) {{ id }} }}"
                    case "tenantIds":
                        yield name, "Tenant", _listing(name, field, "tenantIds: [$id]")
                    case _:
                        raise AssertionError(f"{name}({argument}:) cannot be exercised")
            if isinstance(named, GraphQLInputObjectType) and argument == "filter":
                for key, part in named.fields.items():
                    if get_named_type(part.type).name == "IDFilter":
                        for operator in ("eq: $id", "in: [$id]", "not: $id"):
                            chosen = f"filter: {{{key}: {{{operator}}}}}"
                            yield (
                                f"{name} by {key}",
                                _target(field, key),
                                _listing(name, field, chosen),
                            )


def _target(field: GraphQLField, key: str) -> str:
    """The type that a list is filtered by under a key."""
    listed = get_named_type(field.type)
    assert isinstance(listed, GraphQLObjectType)
    if "nodes" in listed.fields:
        listed = get_named_type(listed.fields["nodes"].type)
        assert isinstance(listed, GraphQLObjectType)
    return str(get_named_type(listed.fields[key].type).name) if key in listed.fields else "Node"


def _listing(name: str, field: GraphQLField, chosen: str) -> str:
    if "groupBy" in field.args:
        by = sorted(get_named_type(field.args["groupBy"].type).values)[0]
        return f"query($id: ID!) {{ {name}(first: 9, groupBy: [{by}], {chosen}) {{ count }} }}"
    return f"query($id: ID!) {{ {name}(first: 9, {chosen}) {{ totalCount nodes {{ id }} }} }}"


def walk() -> Iterator[str]:
    """Every root connection with ids and totals one level down; more at once costs too much."""
    for name, field in root("Query").fields.items():
        named = get_named_type(field.type)
        if "last" not in field.args or not isinstance(named, GraphQLObjectType):
            continue
        node = get_named_type(named.fields["nodes"].type)
        inner = ["id"]
        for key, sub in node.fields.items():
            target = get_named_type(sub.type)
            if is_leaf_type(target) or not isinstance(target, GraphQLObjectType):
                continue
            if "first" in sub.args:
                inner.append(f"{key}(first: 10) {{ totalCount nodes {{ id }} }}")
            elif "id" in target.fields:
                inner.append(f"{key} {{ id }}")
        yield f"{{ {name}(first: 10) {{ totalCount nodes {{ {' '.join(inner)} }} }} }}"


def ids_in(value: Any) -> Iterator[str]:
    """Every `id` of an answer."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "id" and isinstance(item, str):
                yield item
            yield from ids_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from ids_in(item)


async def seen(county: County, who: str) -> set[str]:
    """Ids that an account comes across; fields it may not ask for stay null."""
    found: set[str] = set()
    for document in walk():
        body = await ask(county.token(who), document)
        codes = {error["extensions"]["code"] for error in body.get("errors", ())}
        assert codes <= {"FORBIDDEN"}, body["errors"]
        found |= set(ids_in(body["data"]))
    return found


async def leaks(mine: World, asker: County, who: str, hidden: dict[str, str]) -> list[str]:
    """Ways by which an asker tells a hidden id from an unknown one."""
    found = []
    for field, wanted, query in by_id_documents():
        for kind, opaque in telling(hidden, None if wanted == "Node" else wanted).items():
            decoded = decode_id(opaque)
            assert decoded is not None
            unknown = encode_id(decoded.type, decoded.tenant_id, new_id())
            answers = [await ask(asker.token(who), query, id=given) for given in (opaque, unknown)]
            for answer in answers:
                # What is left in the bucket differs by the request, not by the id.
                del answer["extensions"]["cost"]
                for error in answer.get("errors", ()):
                    error["extensions"].pop("requestId")
            if answers[0] != answers[1]:
                found.append(f"{field} {kind} as {who}")
    found += [f"walk {opaque} as {who}" for opaque in await seen(asker, who) & set(hidden.values())]
    return found


async def test_another_county(
    county: County, other_county: County, admin: asyncpg.Connection, mine: World, theirs: World
) -> None:
    for who in OTHERS:
        assert await leaks(mine, other_county, who, mine.ids) == []
        foreign = {decode_id(i).tenant_id for i in await seen(other_county, who)}  # type: ignore[union-attr]
        assert foreign == {other_county.number}


async def test_another_grid(county: County, admin: asyncpg.Connection, mine: World) -> None:
    assert await leaks(mine, county, "officer2", mine.ids) == []
    assert mine.ids["Institution"] in await seen(county, "officer1")


async def test_a_visible_replaced_by_true_is_noticed(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, mine: World
) -> None:
    for name in ("Clue", "Institution"):
        with monkeypatch.context() as patch:
            # What hangs on it must be there too, or the answer breaks before it leaks.
            for opened in (name, "Unit", "Post"):
                patch.setitem(NODES, opened, replace(NODES[opened], visible=ALL_OF_TENANT))
            PLANS.clear()
            assert await leaks(mine, county, "officer2", mine.ids) != [], name
        PLANS.clear()


async def test_mutations(
    county: County, other_county: County, admin: asyncpg.Connection, mine: World, theirs: World
) -> None:
    """Each id argument, given by a county and by a grid that may not see the row."""
    examples = theirs.inputs()
    assert set(root("Mutation").fields) == set(examples)
    for name, field in root("Mutation").fields.items():
        type_ = get_named_type(field.args["input"].type)
        who, valid = examples[name]
        before = await digest(admin)
        for key, argument in type_.fields.items():
            if get_named_type(argument.type).name != "ID":
                continue
            for opaque in telling(mine.ids, wanted_type(valid.get(key))).values():
                decoded = decode_id(opaque)
                assert decoded is not None
                unknown = encode_id(decoded.type, decoded.tenant_id, new_id())
                answers = []
                for given in (opaque, unknown):
                    document = (
                        f"mutation($input: {type_.name}!) {{ {name}(input: $input)"
                        " { userErrors { field code message } } }"
                    )
                    body = await ask(theirs.token(who), document, input=valid | {key: given})
                    assert "errors" not in body, body
                    answers.append(body["data"][name]["userErrors"])
                assert answers[0] == answers[1] != [], (name, key)
        assert await digest(admin) == before, name


async def test_the_province_sees_both(
    county: County, other_county: County, admin: asyncpg.Connection, mine: World, theirs: World
) -> None:
    number, account = await open_supervisor()
    province = County(number, "shaanxi", {}, {}, {"supervisor": account})
    found = await data(
        province.token("supervisor"),
        "{ institutions(first: 100) { nodes { id tenant { publicCode } } } }",
    )
    assert set(ids_in(found)) >= {mine.ids["Institution"], theirs.ids["Institution"]}
