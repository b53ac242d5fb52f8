"""A slice of the fuzzed cases of `make prove`, and the controls that show the judge can fail."""

from typing import Any

import asyncpg
import httpx2
import pytest
from graphql import build_schema

from schema.errors import Code
from schema.graphql import build
from tests.harness.county import County
from tests.schema.fuzz import ROLES, Fuzz, ask_as, faults, run_seed
from tests.schema.world import World

CASES = 10


async def test_a_slice_for_every_role(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    for who in ROLES:
        await ask_as(who, mine, CASES)


async def test_a_planted_fault_is_caught(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    """The control: a resolver that fails is found, and its words stay inside."""

    def fail(*_given: Any, **_arguments: Any) -> None:
        raise RuntimeError("the inside")

    schema = build()
    assert schema._schema.query_type is not None
    schema._schema.query_type.fields["viewer"].resolve = fail
    fuzz = Fuzz(schema, mine).only("Query.viewer")
    found = await fuzz.run(county.token("admin"), 8, run_seed())
    assert f"code {Code.INTERNAL}" in found
    assert not [fault for fault in found if "internal text" in fault]


SDL = build_schema(
    "type Query { grid: Grid kind: Kind names: [String!]! } type Grid { name: String! }"
    " enum Kind { AREA }"
)
ASKED = "{ __typename g: grid { __typename name } kind names }"
GOOD: dict[str, Any] = {
    "__typename": "Query",
    "g": {"__typename": "Grid", "name": "北"},
    "kind": "AREA",
    "names": ["a"],
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "null where none may be": ({"names": None}, "shape"),
    "null in a list": ({"names": [None]}, "shape"),
    "no list": ({"names": "a"}, "shape"),
    "unknown enum value": ({"kind": "ZONE"}, "shape"),
    "other type": ({"g": {"__typename": "Unit", "name": "北"}}, "shape"),
    "a key nobody asked for": ({"more": 1}, "shape"),
    "no object": ({"g": "北"}, "shape"),
    "traceback": ({"names": ["Traceback (most recent call last)"]}, "internal text"),
    "path": ({"names": ["at schema/compiler/plan.py line 3"]}, "internal text"),
    "driver": ({"names": ["asyncpg.exceptions"]}, "internal text"),
    "statement": ({"names": ["SELECT id FROM clue"]}, "internal text"),
    "table": ({"names": ["institution_gram"]}, "internal text"),
    "exception": ({"names": ["IntegrityError: duplicate"]}, "internal text"),
}


def judged(answer: dict[str, Any], status: int = 200) -> list[str]:
    """The faults of an answer to ASKED."""
    return [*faults(SDL, ASKED, httpx2.Response(status, json=answer))]


def test_a_good_answer_has_no_fault() -> None:
    assert judged({"data": GOOD}) == []


@pytest.mark.parametrize("which", WRONG)
def test_the_judge_sees(which: str) -> None:
    change, told = WRONG[which]
    assert [fault for fault in judged({"data": GOOD | change}) if fault.startswith(told)]


def test_the_judge_sees_what_is_missing() -> None:
    less = {key: value for key, value in GOOD.items() if key != "kind"}
    assert [fault for fault in judged({"data": less}) if fault.startswith("shape")]


def test_the_judge_sees_codes_and_statuses() -> None:
    told = {"extensions": {"code": "TIMEOUT", "requestId": "a"}, "message": "slow", "path": ["g"]}
    partly = {"data": GOOD | {"g": None}}
    assert judged(partly | {"errors": [told]}) == []
    for extensions in ({"code": "INTERNAL", "requestId": "a"}, {"code": "OTHER", "requestId": "a"},
                       {"code": "TIMEOUT"}, {}):  # fmt: skip
        assert judged(partly | {"errors": [told | {"extensions": extensions}]})
    assert judged({"data": GOOD}, 502) == ["status 502"]
