"""The institution register through the API."""

from typing import Any
from uuid import uuid4

import pytest

from infra.ids import encode_id
from tenants.auth import tokens
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.services.institutions.codes import uscc

REGISTER = """mutation($input: InstitutionRegisterInput!) {
  institutionRegister(input: $input) {
    institution { id uscc name category status version registeredAt closedAt closeReason address
      tenant { name publicCode } unit { name kind } grid { name officerCount } }
    userErrors { field message code } } }"""
CORRECT = """mutation($input: InstitutionCorrectInput!) {
  institutionCorrect(input: $input) {
    institution { id name version } userErrors { field message code } } }"""
CLOSE = """mutation($input: InstitutionCloseInput!) {
  institutionClose(input: $input) {
    institution { status closedAt closeReason } userErrors { field code } } }"""
LIST = """query($q: String) { institutions(first: 100, q: $q) { totalCount nodes { id name } } }"""


def _input(county: County, number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "uscc": uscc(number),
        "name": "蒲城星光艺术培训中心",
        "category": "NON_SUBJECT_ARTS",
        "unitId": encode_id("Unit", county.number, county.units["school1"]),
        "idempotencyKey": str(uuid4()),
        **changes,
    }


async def _register(county: County, number: int = 1, **changes: Any) -> dict[str, Any]:
    answer = await data(
        county.token("county_officer"), REGISTER, input=_input(county, number, **changes)
    )
    payload = answer["institutionRegister"]
    assert payload["userErrors"] == []
    row: dict[str, Any] = payload["institution"]
    return row


async def _names(token: str, q: str | None = None) -> list[str]:
    found = (await data(token, LIST, q=q))["institutions"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


async def test_a_registration_is_answered_with_what_was_written(county: County) -> None:
    row = await _register(county, address=" 城关镇东街 1 号 ")
    assert row.pop("id")
    assert row.pop("registeredAt").endswith("+08:00")
    assert row == {
        "uscc": uscc(1),
        "name": "蒲城星光艺术培训中心",
        "category": "NON_SUBJECT_ARTS",
        "status": "ACTIVE",
        "version": 1,
        "closedAt": None,
        "closeReason": None,
        "address": "城关镇东街 1 号",
        "tenant": {"name": "蒲城县", "publicCode": "pucheng"},
        "unit": {"name": "蒲城县school1", "kind": "JUNIOR_SCHOOL"},
        "grid": {"name": "蒲城县school1", "officerCount": 1},
    }


async def test_faults_name_their_fields_in_the_askers_language(county: County) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in uscc(1))
    wrong = _input(county, uscc=wide, name="一", unitId="nonsense")
    token = county.token("county_officer")
    for language, word in (("zh-CN", "半角"), ("en", "half-width")):
        answer = await ask(token, REGISTER, language, input=wrong)
        payload = answer["data"]["institutionRegister"]
        assert payload["institution"] is None
        errors = payload["userErrors"]
        assert [e["field"] for e in errors] == [
            ["input", "uscc"],
            ["input", "name"],
            ["input", "unitId"],
        ]
        assert word in errors[0]["message"]
        assert uscc(1) in errors[0]["message"]
    assert await _names(token) == []


async def test_a_refused_registration_leaves_nothing(county: County) -> None:
    await _register(county)
    token = county.token("county_officer")
    answer = await data(token, REGISTER, input=_input(county))
    (error,) = answer["institutionRegister"]["userErrors"]
    assert error["code"] == "USCC_TAKEN"
    assert len(await _names(token)) == 1


async def test_a_conflict_shows_the_present_state(county: County) -> None:
    row = await _register(county)
    token = county.token("county_officer")
    change = {"id": row["id"], "expectedVersion": 1, "name": "蒲城晨曦体育培训中心"}
    first = await data(token, CORRECT, input=change)
    assert first["institutionCorrect"]["institution"]["version"] == 2
    second = await data(token, CORRECT, input={**change, "name": "蒲城朝阳科技培训中心"})
    payload = second["institutionCorrect"]
    assert payload["institution"] == {
        "id": row["id"],
        "name": "蒲城晨曦体育培训中心",
        "version": 2,
    }
    assert payload["userErrors"][0]["code"] == "CONFLICT"
    assert payload["userErrors"][0]["field"] == ["input", "expectedVersion"]


async def test_closing_keeps_the_entry(county: County) -> None:
    row = await _register(county)
    token = county.token("county_officer")
    command = {"id": row["id"], "expectedVersion": 1, "reason": "合同到期"}
    closed = (await data(token, CLOSE, input=command))["institutionClose"]["institution"]
    assert (closed["status"], closed["closeReason"]) == ("CLOSED", "合同到期")
    assert closed["closedAt"].endswith("+08:00")
    stale = (await data(token, CLOSE, input=command))["institutionClose"]
    assert [e["code"] for e in stale["userErrors"]] == ["CONFLICT"]
    assert stale["institution"]["status"] == "CLOSED"
    again = (await data(token, CLOSE, input=command | {"expectedVersion": 2}))["institutionClose"]
    assert [e["code"] for e in again["userErrors"]] == ["INSTITUTION_CLOSED"]


@pytest.mark.parametrize("words", ["星光", "艺术 蒲城", "xgys", "星光藝術"])
async def test_search_finds_words_initials_and_traditional_input(
    county: County, words: str
) -> None:
    await _register(county)
    await _register(county, 2, name="蒲城晨曦体育培训中心")
    assert await _names(county.token("leader"), words) == ["蒲城星光艺术培训中心"]


async def test_institutions_are_ordered_by_name(county: County) -> None:
    for number, name in enumerate(("周到培训", "安心培训", "蒲城培训"), 1):
        await _register(county, number, name=name)
    assert await _names(county.token("leader")) == ["安心培训", "蒲城培训", "周到培训"]


async def test_who_sees_which_institution(county: County, other_county: County) -> None:
    one = await _register(county)
    two = await _register(
        county, 2, unitId=encode_id("Grid", county.number, county.units["school2"])
    )
    other = await _register(other_county)
    by_id = "query($id: ID!) { institution(id: $id) { id } node(id: $id) { id } }"
    province, account = await open_supervisor()
    supervisor = tokens.issue(tokens.Identity(province, account))
    for token, visible in (
        (county.token("officer1"), [one]),
        (county.token("area_lead"), [one]),
        (county.token("officer2"), [two]),
        (county.token("clue_officer"), [one, two]),
        (other_county.token("leader"), [other]),
        (supervisor, [one, two, other]),
    ):
        assert len(await _names(token)) == len(visible)
        for row in (one, two, other):
            seen = {"id": row["id"]} if row in visible else None
            assert await data(token, by_id, id=row["id"]) == {"institution": seen, "node": seen}


async def test_foreign_ids_answer_as_unknown_ones_do(county: County, other_county: County) -> None:
    foreign = await _register(other_county)
    token = county.token("county_officer")
    for identifier in (foreign["id"], "AAAA", ""):
        closed = await data(
            token, CLOSE, input={"id": identifier, "expectedVersion": 1, "reason": "合同到期"}
        )
        corrected = await data(
            token, CORRECT, input={"id": identifier, "expectedVersion": 1, "name": "新名称"}
        )
        for payload in (closed["institutionClose"], corrected["institutionCorrect"]):
            assert payload["institution"] is None
            (error,) = payload["userErrors"]
            assert (error["field"], error["code"]) == (["input", "id"], "NOT_FOUND")


async def test_the_public_and_other_posts_are_refused(county: County) -> None:
    for token, code in ((None, "UNAUTHENTICATED"), (county.token("officer1"), "FORBIDDEN")):
        answer = await ask(token, REGISTER, input=_input(county))
        assert answer["errors"][0]["extensions"]["code"] == code
    listed = await ask(None, LIST)
    assert listed["errors"][0]["extensions"]["code"] == "FORBIDDEN"
