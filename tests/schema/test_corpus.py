"""Bad input to every mutation: told where and why, and nothing is written.

The corpus is made from the schema; a mutation without an example here fails.
"""

from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    get_named_type,
)

from infra.ids import encode_id, new_id
from tests.harness.county import County
from tests.schema.asking import ask, whole_schema
from tests.schema.fund_world import FUND_STEPS
from tests.schema.world import World, digest, telling, wanted_type

TYPE_SYSTEM = {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
# A receipt is one thing in two fields: whichever is wrong, the secret is named.
ALSO = {"ticketNo": {"secret"}, "tenantCode": {"secret"}}


def bad_values(
    name: str, type_: Any, valid: dict[str, Any], foreign: dict[str, str]
) -> Iterator[tuple[str, Any, bool]]:
    """(what is wrong, the value, whether the type system itself refuses it)."""
    required = isinstance(type_, GraphQLNonNull)
    named = get_named_type(type_)
    if required:
        yield "null", None, True
    if isinstance(named, GraphQLEnumType):
        yield "unknown", "NO_SUCH_VALUE", True
        return
    match named.name:
        case "ID":
            yield "garbage", "%%%", False
            yield "wrong type", encode_id("Tenant", 61052600, new_id()), False
            yield "unknown", encode_id("Clue", 61052600, new_id()), False
            for kind, opaque in telling(foreign, wanted_type(valid.get(name))).items():
                yield f"foreign {kind}", opaque, False
        case "String" | "USCC" | "PhoneNumber":
            yield "too long", "长" * 10_000, False
            yield "NUL", "a\x00b" * 8, False
            if named.name != "String":
                yield "a number", 61052600, True
            if required:
                yield "empty", "", False
                yield "blank", "　 　", False
            if name in ("uscc", "phone", "code"):
                yield "full-width digits", "１２３４５６７８９０", False
        case "Int":
            yield "text", "one", True
            yield "stale", 999, False
        case "Date":
            for value in ("2026-02-30", "2026-13-01", "２０２６-01-01", "today", 5):
                yield f"date {value}", value, True
        case "Money":
            for value in ("1.5", "1,000.00", "１.００", "1e3", 5, "NaN"):
                yield f"money {value}", value, True
            for value in ("0.00", "-1.00", "999999999999999.00"):
                yield f"money {value}", value, False
        case "Boolean":
            yield "text", "yes", True
        case other:
            raise LookupError(f"no bad values for the scalar {other}")


def names(body: dict[str, Any], mutation: str, name: str, by_type: bool) -> bool:
    """Whether the answer names the field at fault, in the place that fits."""
    wanted = {name} | ALSO.get(name, set())
    for error in body.get("errors", ()):
        code = error["extensions"]["code"]
        if code == "INTERNAL" or (code not in TYPE_SYSTEM):
            return False
        if by_type and name in error["message"]:
            return bool(error.get("locations"))
    payload = (body.get("data") or {}).get(mutation)
    told = payload["userErrors"] if payload else []
    return any(set(error["field"]) & wanted for error in told)


@pytest.fixture(scope="module")
def mutations() -> dict[str, GraphQLInputObjectType]:
    """Input types by mutation, from the schema."""
    root = whole_schema()._schema.mutation_type
    assert root is not None
    return {name: get_named_type(f.args["input"].type) for name, f in root.fields.items()}


async def test_bad_input(
    county: County,
    other_county: County,
    admin: asyncpg.Connection,
    mutations: dict[str, GraphQLInputObjectType],
    mine: World,
    theirs: World,
) -> None:
    examples = mine.inputs()
    assert set(mutations) == set(examples), "a mutation without an example"
    wrong: list[str] = []
    cases = 0
    for mutation, type_ in mutations.items():
        who, valid = examples[mutation]
        document = (
            f"mutation($input: {type_.name}!) {{ {mutation}(input: $input)"
            " { userErrors { field code message } } }"
        )
        before = await digest(admin)
        for name, field in type_.fields.items():
            variants = list(bad_values(name, field.type, valid, theirs.ids))
            if isinstance(field.type, GraphQLNonNull) and name in valid and name != "channel":
                variants.append(("missing", ..., True))
            for what, value, by_type in variants:
                given = valid | {name: value}
                if value is ...:
                    del given[name]
                body = await ask(mine.token(who), document, input=given)
                cases += 1
                if not names(body, mutation, name, by_type):
                    wrong.append(f"{mutation}.{name} {what}: {body}"[:400])
        if await digest(admin) != before:
            wrong.append(f"{mutation}: something was written")
    assert wrong == [], "\n".join(wrong)
    assert cases > 150


async def test_the_examples_are_good_and_the_digest_sees_a_change(
    county: County,
    admin: asyncpg.Connection,
    mutations: dict[str, GraphQLInputObjectType],
    mine: World,
) -> None:
    """The control: without a fault each mutation is taken, and it shows in the rows."""
    changed = ["institutionLicenceRecord", "institutionCorrect", "institutionClose"]
    # Steps of one clue exclude each other; an acceptance is enough to see the rows move.
    for mutation in ("clueSupplement", "clueReport", "clueAccept", "clueReply",
                     "gridOfficerAppoint", "gridTerritoryAssign", "institutionRegister",
                     "institutionAnnualInspectionRecord", "institutionLicenceRecord",
                     "institutionCorrect", "institutionClose", "messageMarkRead",
                     "clueReporterOpen", "clueAssign", "clueConclusionReturn",
                     "clueConclusionPropose", "listPublicationSign", "listEntryAdd",
                     "listEntryRemove", "problemFind", "problemConfirm", "problemNotify",
                     "problemNoticeIssue", "problemExtend", "problemEvidenceSubmit",
                     "problemRecheck", "rewardBudgetOpen", "rewardExclude", "rewardPropose",
                     "rewardApprove", "rewardNoticeRecord", "rewardVerify",
                     "rewardPay", *FUND_STEPS):  # fmt: skip
        who, valid = mine.inputs()[mutation]
        if mutation in changed:
            valid = valid | {"expectedVersion": 1 + changed.index(mutation)}
        before = await digest(admin)
        body = await ask(
            mine.token(who),
            f"mutation($input: {mutations[mutation].name}!) {{ {mutation}(input: $input)"
            " { userErrors { field code message } } }",
            input=valid,
        )
        assert "errors" not in body and body["data"][mutation]["userErrors"] == [], (mutation, body)
        assert await digest(admin) != before, mutation
