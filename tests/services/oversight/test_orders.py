"""A ladder that ends becomes a draft above, and a signed order comes back down."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from infra.ids import encode_id
from services.clues.deadlines import REPLY
from services.deadlines import service as deadlines
from services.deadlines.stepping import take_due_steps
from tenants.auth import tokens
from tenants.session import unit_of_work
from tests.harness.clockwork import set_clock, settle
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data

DOCUMENTS = """{ oversightDocuments(first: 10) { nodes {
  id status targetName issuerName documentNumber demand basisRule answer version } } }"""


async def step(token: str, name: str, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One mutation on a paper; the payload."""
    if name == "oversightDocumentSign":
        more["idempotencyKey"] = str(uuid4())
    given = {"id": document["id"], "expectedVersion": document["version"]} | more
    kind = name[0].upper() + name[1:]
    query = f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      document {{ id status version documentNumber }} userErrors {{ code field }} }} }}"""
    payload: dict[str, Any] = (await data(token, query, input=given))[name]
    return payload


async def papers(token: str) -> list[dict[str, Any]]:
    """What the asker's jurisdiction issued or got."""
    found: list[dict[str, Any]] = (await data(token, DOCUMENTS))["oversightDocuments"]["nodes"]
    return found


@pytest.fixture
async def province(county: County) -> str:
    """The token of the province's supervisor."""
    number, account = await open_supervisor()
    return tokens.issue(tokens.Identity(number, account))


async def left_alone(county: County, admin: asyncpg.Connection) -> UUID:
    """A deadline whose ladder has ended."""
    await set_clock(admin, "2026-03-02 10:00")
    subject = uuid4()
    async with unit_of_work(county.scope, "test.start") as session:
        await deadlines.start(session, REPLY, subject, county.posts["clue_officer"])
    await set_clock(admin, "2026-03-20 10:00")
    await settle()
    return subject


async def test_an_order_is_drafted_once_signed_by_a_person_answered_and_closed(
    county: County, other_county: County, province: str, admin: asyncpg.Connection
) -> None:
    subject = await left_alone(county, admin)
    await settle()
    (draft,) = await papers(province)
    assert (draft["status"], draft["targetName"], draft["basisRule"]) == (
        "DRAFT",
        "蒲城县",
        "clue.reply",
    )
    assert "线索答复" in draft["demand"] and draft["documentNumber"] is None
    assert await papers(county.token("leader")) == []  # a draft is nobody's order
    signed = (await step(province, "oversightDocumentSign", draft))["document"]
    assert signed["documentNumber"] == "督办〔2026〕第1号"
    await settle()
    (received,) = await papers(county.token("leader"))
    assert (received["status"], received["issuerName"]) == ("ISSUED", "陕西省")
    assert await papers(other_county.token("leader")) == []
    todo = "{ viewer { todo(first: 5) { nodes { rule subject { id } dueOn } } } }"
    (task,) = (await data(county.token("leader"), todo))["viewer"]["todo"]["nodes"]
    assert task == {
        "rule": "oversight.reply",
        "subject": {"id": received["id"]},
        "dueOn": "2026-04-03",
    }
    leader, done = county.token("leader"), "已办结，并向举报人书面答复。"
    seen = (await step(leader, "oversightDocumentAcknowledge", received))["document"]
    answered = await step(leader, "oversightDocumentAnswer", seen, answer=done)
    assert answered["document"]["status"] == "RESPONDED"
    await settle()
    (above,) = await papers(province)
    assert (above["status"], above["answer"]) == ("RESPONDED", done)
    assert (await step(province, "oversightDocumentClose", above))["document"]["status"] == "CLOSED"
    await settle()
    assert (await papers(county.token("leader")))[0]["status"] == "CLOSED"
    assert (await data(county.token("leader"), todo))["viewer"]["todo"]["nodes"] == []
    await admin.execute("UPDATE deadline SET state = 'RUNNING' WHERE subject_id = $1", subject)


async def test_what_was_done_meanwhile_is_not_drafted(
    county: County, province: str, admin: asyncpg.Connection
) -> None:
    await set_clock(admin, "2026-03-02 10:00")
    subject = uuid4()
    async with unit_of_work(county.scope, "test.start") as session:
        await deadlines.start(session, REPLY, subject, county.posts["clue_officer"])
    await set_clock(admin, "2026-03-20 10:00")
    assert await take_due_steps() == 5
    async with unit_of_work(county.scope, "test.done") as session:
        await deadlines.satisfy(session, REPLY, subject)
    await settle()
    assert await papers(province) == []


async def test_who_may_take_which_step(
    county: County, other_county: County, province: str, admin: asyncpg.Connection
) -> None:
    await left_alone(county, admin)
    (draft,) = await papers(province)
    for token in (county.token("leader"), other_county.token("leader")):
        query = """mutation($input: OversightDocumentSignInput!) {
          oversightDocumentSign(input: $input) { __typename } }"""
        given = {"id": draft["id"], "expectedVersion": 1, "idempotencyKey": str(uuid4())}
        answer = await ask(token, query, input=given)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    wrong = await step(province, "oversightDocumentClose", draft)
    assert [e["code"] for e in wrong["userErrors"]] == ["WRONG_STATE"]
    stale = await step(province, "oversightDocumentSign", draft | {"version": 7})
    assert [e["code"] for e in stale["userErrors"]] == ["CONFLICT"]
    await step(province, "oversightDocumentDiscard", draft)
    await settle()
    assert [paper["status"] for paper in await papers(province)] == ["DISCARDED"]
    assert await papers(county.token("leader")) == []


async def test_a_person_drafts_to_a_county_below(
    county: County, province: str, admin: asyncpg.Connection
) -> None:
    query = """mutation($input: OversightDocumentDraftInput!) {
      oversightDocumentDraft(input: $input) {
      document { status targetName } userErrors { code field } } }"""

    async def draft(number: int, demand: str = "请限期核查处理并书面报告。") -> Any:
        target = encode_id("Tenant", number, UUID(int=0))
        given = {"targetId": target, "demand": demand, "idempotencyKey": str(uuid4())}
        return (await data(province, query, input=given))["oversightDocumentDraft"]

    made = await draft(county.number)
    assert made["document"] == {"status": "DRAFT", "targetName": "蒲城县"}
    for number in (61000000, 50011800):  # itself, and another province's county
        refused = await draft(number, "短")
        assert [e["code"] for e in refused["userErrors"]] == ["TEXT_LENGTH", "NOT_BELOW"]
