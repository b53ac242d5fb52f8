"""What every mutation owes its callers: payload, per-noun codes, versions, both languages."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import strawberry
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from infra.errors import DomainError, ErrorCode, Fault, SharedCode
from infra.ids import encode_id
from schema.contract import check_mutations
from schema.fields import mutation
from schema.payloads import PAYLOADS, payload, shown
from schema.scalars import SCALARS
from services.institutions import service
from tests.harness.county import County
from tests.schema.asking import ask, data, whole_schema
from tests.schema.test_clues import clues, reported, step
from tests.schema.world import World
from tests.services.institutions.codes import uscc

REGISTER = """mutation($input: InstitutionRegisterInput!) { institutionRegister(input: $input) {
  institution { id } userErrors { field message code } } }"""
CORRECT = """mutation($input: InstitutionCorrectInput!) { institutionCorrect(input: $input) {
  institution { name version } userErrors { field message code } } }"""
CLOSE = """mutation($input: InstitutionCloseInput!) { institutionClose(input: $input) {
  institution { name version status } userErrors { field message code } } }"""


async def registered(county: County) -> str:
    """The id of a new institution, at version 1."""
    command = {
        "uscc": uscc(1),
        "name": "蒲城星光艺术培训中心",
        "category": "NON_SUBJECT_ARTS",
        "unitId": encode_id("Unit", county.number, county.units["school1"]),
        "idempotencyKey": str(uuid4()),
    }
    answer = await data(county.token("county_officer"), REGISTER, input=command)
    made: str = answer["institutionRegister"]["institution"]["id"]
    return made


def test_each_noun_has_user_errors_and_codes_of_its_own() -> None:
    schema = whole_schema()._schema
    assert schema.mutation_type is not None
    found: dict[str, str] = {}
    for name, field in schema.mutation_type.fields.items():
        answered = get_named_type(field.type)
        assert isinstance(answered, GraphQLObjectType)
        error = get_named_type(answered.fields["userErrors"].type)
        assert isinstance(error, GraphQLObjectType)
        noun = error.name.removesuffix("UserError")
        assert {key: str(item.type) for key, item in error.fields.items()} == {
            "field": "[String!]!",
            "message": "String!",
            "code": f"{noun}ErrorCode!",
        }
        assert name.startswith(noun[0].lower() + noun[1:])
        codes = get_named_type(error.fields["code"].type)
        assert isinstance(codes, GraphQLEnumType)
        assert all(" — " in (value.description or "") for value in codes.values.values())
        found[noun] = codes.name
    assert set(found) == {
        "Clue", "Contract", "CustodyAccount", "Deadline", "File", "FundAlert", "Grid",
        "Institution", "Ledger", "Lesson", "List", "Message", "Oversight", "Problem", "Refund",
        "Reward", "StagedUpload", "Statement",
    }  # fmt: skip
    assert "UserError" not in schema.type_map


def test_a_code_taken_over_keeps_its_name_and_description() -> None:
    whole_schema()
    assert len(PAYLOADS) >= 8
    for declared in PAYLOADS.values():
        members = declared.codes.__members__
        assert len(members) == len(list(declared.codes)), "two names of one code"
        for name, code in members.items():
            assert name == code == code.value
            if name in SharedCode.__members__:
                assert code.description == SharedCode[name].description


async def test_two_changes_of_one_version_make_one_conflict_that_shows_the_winner(
    county: County,
) -> None:
    token, opaque = county.token("county_officer"), await registered(county)
    names = [f"蒲城第{number}艺术培训中心" for number in range(6)]
    bodies = await asyncio.gather(
        *(
            data(token, CORRECT, input={"id": opaque, "expectedVersion": 1, "name": name})
            for name in names
        )
    )
    payloads = [body["institutionCorrect"] for body in bodies]
    (won,) = [payload for payload in payloads if not payload["userErrors"]]
    assert won["institution"]["version"] == 2
    for lost in payloads:
        if lost is not won:
            assert lost["institution"] == won["institution"]
            (error,) = lost["userErrors"]
            assert (error["field"], error["code"]) == (["input", "expectedVersion"], "CONFLICT")
            assert "2" in error["message"]


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "当前版本为 1"), ("en", "now 1")])
async def test_a_close_expects_a_version_too(
    county: County, admin: asyncpg.Connection, language: str, word: str
) -> None:
    token, opaque = county.token("county_officer"), await registered(county)
    links = "SELECT count(*) FROM audit_link"
    before = await admin.fetchval(links)
    stale = {"id": opaque, "expectedVersion": 9, "reason": "合同到期"}
    told = (await ask(token, CLOSE, language, input=stale))["data"]["institutionClose"]
    assert told["institution"] == {
        "name": "蒲城星光艺术培训中心",
        "version": 1,
        "status": "ACTIVE",
    }
    assert [e["code"] for e in told["userErrors"]] == ["CONFLICT"]
    assert word in told["userErrors"][0]["message"]
    assert await admin.fetchval(links) == before
    closed = await data(token, CLOSE, input=stale | {"expectedVersion": 1})
    assert closed["institutionClose"]["institution"]["status"] == "CLOSED"
    assert await admin.fetchval(links) == before + 1


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", ["状态", "字符", "未留"]), ("en", ["step", "char", "left"])]
)
async def test_several_faults_are_told_at_once_in_the_askers_language(
    county: County, language: str, words: list[str]
) -> None:
    await reported(county, phone=None)
    (seen,) = await clues(county, "clue_officer")
    document = """mutation($input: ClueReplyInput!) { clueReply(input: $input) {
      clue { id } userErrors { field message code } } }"""
    command = {"id": seen["id"], "text": "短", "channel": "SMS", "idempotencyKey": str(uuid4())}
    body = await ask(county.token("clue_officer"), document, language, input=command)
    errors = body["data"]["clueReply"]["userErrors"]
    assert body["data"]["clueReply"]["clue"] is None
    assert [(error["code"], error["field"]) for error in errors] == [
        ("WRONG_STATE", ["input", "id"]),
        ("TEXT_LENGTH", ["input", "text"]),
        ("NO_PHONE", ["input", "channel"]),
    ]
    for error, word in zip(errors, words, strict=True):
        assert word in error["message"]


async def test_a_code_the_noun_does_not_have_is_our_fault_and_tells_nothing(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the enums: a stranger's code never reaches the wire."""

    class StrangeErrorCode(ErrorCode):
        ODD = "ODD", "怪 — odd"

    async def refuse(*_given: Any) -> Any:
        raise DomainError(Fault(StrangeErrorCode.ODD, "内部细节", "inner detail"))

    opaque = await registered(county)
    monkeypatch.setattr(service.queries, "lock_institution", refuse)
    change = {"id": opaque, "expectedVersion": 1, "name": "新的名称"}
    with capture_logs():
        body = await ask(county.token("county_officer"), CORRECT, input=change)
    assert body["data"] == {"institutionCorrect": None}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "detail" not in str(body) and "ODD" not in str(body)
    assert await admin.fetchval("SELECT version FROM institution") == 1


async def test_a_clue_step_is_guarded_by_its_state(county: County) -> None:
    """Steps of a clue take no expectedVersion: the same step twice meets the state."""
    await reported(county)
    (seen,) = await clues(county, "clue_officer")
    answers = await asyncio.gather(
        *(step(county, "clueAccept", f'id: "{seen["id"]}"') for _ in range(4))
    )
    codes = sorted(error["code"] for answer in answers for error in answer["userErrors"])
    assert codes == ["WRONG_STATE"] * 3


class ThingErrorCode(ErrorCode):
    """东西错误代码 — why a thing was refused"""

    TEXT_LENGTH = SharedCode.TEXT_LENGTH


@payload(ThingErrorCode, "结果 — the thing or why not")
class ThingPayload:
    name: str | None = shown("名称 — its name")


@payload(ThingErrorCode, "结果 — the thing or why not")
class ThingAnswer:
    name: str = shown("名称 — its name")
    names: list[str] | None = shown("名称 — its names")


@strawberry.type
class Query:
    ping: int = 1


@strawberry.input
class ThingMakeInput:
    name: str


@strawberry.input
class ThingUpdateInput:
    id: strawberry.ID
    status: str


@strawberry.input
class ThingSendInput:
    name: str


@strawberry.input
class ThingPayInput:
    idempotency_key: str
    expected_version: int | None


def faults(resolver: Any, **options: Any) -> str:
    """What the start-up check says of a schema whose one mutation is this resolver."""
    field = mutation("做 — do", action="thing.do", **options)(resolver)
    made = strawberry.Schema(
        query=Query,
        mutation=strawberry.type(type("Mutation", (), {resolver.__name__: field})),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    try:
        check_mutations(made._schema)
    except TypeError as error:
        return str(error)
    return ""


def test_the_start_up_check_passes_what_is_right() -> None:
    async def thing_make(
        self: Any, info: strawberry.Info, input: ThingMakeInput
    ) -> ThingPayload | None: ...

    assert faults(thing_make) == ""
    check_mutations(whole_schema()._schema)


def test_the_start_up_check_finds_what_is_wrong() -> None:
    async def thing_update(
        self: Any, info: strawberry.Info, input: ThingUpdateInput
    ) -> ThingAnswer: ...

    found = faults(thing_update)
    for fault in (
        "names no business action",
        "must be nullable, or its failure nulls them all",
        "ThingAnswer is not named …Payload",
        "ThingAnswer.name must be nullable",
        "ThingAnswer.names is a list",
        "ThingUpdateInput.status: a state is reached by the action",
        "can be refused with NOT_FOUND, which ThingErrorCode does not have",
    ):
        assert fault in found

    async def make_thing(
        self: Any, info: strawberry.Info, input: ThingMakeInput
    ) -> ThingPayload | None: ...

    found = faults(make_thing)
    assert "is not noun-verb: it begins with `thing`" in found
    assert "its input is a MakeThingInput!" in found

    async def thing_make(self: Any, info: strawberry.Info, name: str) -> ThingPayload | None: ...

    assert "takes one argument, `input: ThingMakeInput!`" in faults(thing_make)


def test_the_start_up_check_sees_to_keys_and_versions() -> None:
    async def thing_send(
        self: Any, info: strawberry.Info, input: ThingSendInput
    ) -> ThingPayload | None: ...

    found = faults(thing_send, idempotent=True)
    assert "has `idempotency_key: str`" in found
    assert "must be objects with an id" in found
    assert "IDEMPOTENCY_KEY_REUSED, which ThingErrorCode does not have" in found

    async def thing_pay(
        self: Any, info: strawberry.Info, input: ThingPayInput
    ) -> ThingPayload | None: ...

    found = faults(thing_pay)
    assert "an idempotencyKey that nothing reads" in found
    assert "takes `expectedVersion: Int!`" in found
    assert "CONFLICT, which ThingErrorCode does not have" in found


def test_codes_are_named_for_their_noun() -> None:
    class Odd(ErrorCode):
        ODD = "ODD", "怪 — odd"

    with pytest.raises(TypeError, match="named <Noun>ErrorCode"):
        payload(Odd, "结果 — x")(type("OddPayload", (), {"__annotations__": {}}))


async def test_what_moves_money_is_the_only_field_of_its_request(mine: World) -> None:
    """API guide, Cost. The same two without money are answered beside each other."""
    inputs = mine.inputs()

    async def asked(*names: str) -> dict[str, Any]:
        given = ", ".join(
            f"$i{n}: {name[0].upper()}{name[1:]}Input!" for n, name in enumerate(names)
        )
        fields = " ".join(
            f"a{n}: {name}(input: $i{n}) {{ userErrors {{ code }} }}"
            for n, name in enumerate(names)
        )
        variables = {f"i{n}": inputs[name][1] for n, name in enumerate(names)}
        token = mine.county.token("leader")
        return await ask(token, f"mutation({given}) {{ {fields} }}", **variables)

    for pair in (("rewardApprove", "rewardReject"), ("rewardPay", "rewardPay")):
        answer = await asked(*pair)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert pair[0] in error["message"] and not answer.get("data")
    beside = await asked("rewardReject", "rewardReject")
    assert set(beside["data"]) == {"a0", "a1"}
    alone = await asked("rewardApprove")
    assert set(alone["data"]) == {"a0"}
