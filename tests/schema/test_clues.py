"""A report's way through the API, and what it must not show to whom."""

import asyncio
import secrets
from typing import Any

import asyncpg
import pytest

from infra.database.engine import Role, pool
from schema.clues.receipts import BACKOFF
from services.clues.rules import spell, unspell
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data

REPORT = """mutation($input: ClueReportInput!) { clueReport(input: $input) {
  receipt { ticketNo secret } userErrors { field code } } }"""
FOLLOW = """query($t: String!, $n: String!, $s: String!) {
  clueFollow(tenantCode: $t, ticketNo: $n, secret: $s) { status infoWanted replyText } }"""
CLUES = "{ clues(first: 100) { totalCount nodes { id ticketNo ownerReason owner { title } } } }"
PHONE = "13800138000"


def report(county: County, **changed: Any) -> dict[str, Any]:
    return {
        "tenantCode": county.public_code,
        "idempotencyKey": secrets.token_urlsafe(24),
        "violationType": "UNLICENSED",
        "subjectName": "某培训中心",
        "facts": "周末在居民楼内给二十名学生上数学课。",
        "placeCode": "school1",
        "phone": PHONE,
    } | changed


async def reported(county: County, **changed: Any) -> dict[str, str]:
    answer = await data(None, REPORT, input=report(county, **changed))
    assert answer["clueReport"]["userErrors"] == []
    receipt: dict[str, str] = answer["clueReport"]["receipt"]
    return receipt


async def clues(county: County, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await data(county.token(who), CLUES))["clues"]["nodes"]
    return found


def key() -> str:
    """An idempotency key of its own."""
    return f'idempotencyKey: "{secrets.token_urlsafe(24)}"'


async def step(county: County, name: str, fields: str, **variables: Any) -> Any:
    """One staff mutation as the clue officer."""
    answer = await data(
        county.token("clue_officer"),
        f"mutation {{ {name}(input: {{{fields}}}) {{ clue {{ status }}"
        " userErrors { field code } } }",
        **variables,
    )
    return answer[name]


async def test_a_report_reaches_its_grid_and_no_other(county: County, other_county: County) -> None:
    receipt = await reported(county)
    (seen,) = await clues(county, "officer1")
    assert seen["ticketNo"] == receipt["ticketNo"]
    assert (seen["ownerReason"], seen["owner"]["title"]) == ("TERRITORY", "第一网格员")
    assert await clues(county, "officer2") == []
    assert await clues(other_county, "clue_officer") == []
    assert len(await clues(county, "clue_officer")) == 1


@pytest.mark.parametrize(
    ("place", "reason", "title"),
    [(None, "PLACE_UNKNOWN", "线索专人"), ("area2", "GRID_WITHOUT_OFFICER", "线索专人")],
)
async def test_the_fallback_is_explained(
    county: County, place: str | None, reason: str, title: str
) -> None:
    await reported(county, placeCode=place)
    (seen,) = await clues(county, "clue_officer")
    assert (seen["ownerReason"], seen["owner"]["title"]) == (reason, title)


async def test_the_same_key_is_the_same_report(county: County) -> None:
    given = report(county)
    answers = await asyncio.gather(*(data(None, REPORT, input=given) for _ in range(8)))
    receipts = {a["clueReport"]["receipt"]["secret"] for a in answers}
    assert len(receipts) == 1
    assert len(await clues(county, "clue_officer")) == 1
    reused = await data(
        None, REPORT, input=given | {"facts": "另一件事，发生在另一个地方，细节不同。"}
    )
    assert [e["code"] for e in reused["clueReport"]["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    another = await reported(county)
    assert another["secret"] not in receipts


async def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(county: County) -> None:
    bad = report(county, idempotencyKey="short", facts="短", phone="12345", subjectName="")
    answer = (await data(None, REPORT, input=bad))["clueReport"]
    assert answer["receipt"] is None
    assert {tuple(e["field"]) for e in answer["userErrors"]} == {
        ("input", "idempotencyKey"),
        ("input", "facts"),
        ("input", "phone"),
        ("input", "subjectName"),
    }
    unknown = (await data(None, REPORT, input=report(county, tenantCode="nowhere")))["clueReport"]
    assert [e["code"] for e in unknown["userErrors"]] == ["NOT_FOUND"]
    assert await clues(county, "clue_officer") == []


async def test_triage_supplement_reply_and_follow(county: County) -> None:
    receipt = await reported(county)
    (seen,) = await clues(county, "clue_officer")
    asked = await step(
        county, "clueRequestInfo", f'id: "{seen["id"]}", question: "具体楼栋和时间？"'
    )
    assert asked["clue"]["status"] == "NEED_INFO"
    shown = {"t": county.public_code, "n": receipt["ticketNo"], "s": receipt["secret"]}
    progress = (await data(None, FOLLOW, **shown))["clueFollow"]
    assert progress == {"status": "NEED_INFO", "infoWanted": "具体楼栋和时间？", "replyText": None}
    added = await data(
        None,
        """mutation($input: ClueSupplementInput!) { clueSupplement(input: $input) {
          progress { ticketNo } userErrors { field code } } }""",
        input={
            "tenantCode": county.public_code,
            "ticketNo": receipt["ticketNo"],
            "secret": receipt["secret"],
            "facts": "三号楼二单元，每周六上午。",
        },
    )
    assert added["clueSupplement"]["progress"] == {"ticketNo": receipt["ticketNo"]}
    too_early = await step(
        county,
        "clueReply",
        f'id: "{seen["id"]}", text: "已经处理完毕。", channel: SMS, {key()}',
    )
    assert [e["code"] for e in too_early["userErrors"]] == ["WRONG_STATE"]
    accepted = await step(county, "clueAccept", f'id: "{seen["id"]}"')
    assert accepted["clue"]["status"] == "ACCEPTED"
    no_proof = await step(
        county,
        "clueReply",
        f'id: "{seen["id"]}", text: "已经处理完毕。", channel: PHONE, {key()}',
    )
    assert [e["field"] for e in no_proof["userErrors"]] == [["input", "proof"]]
    replied = await step(
        county,
        "clueReply",
        f'id: "{seen["id"]}", text: "已经处理完毕。", channel: SMS, {key()}',
    )
    assert replied["userErrors"] == []
    again = await step(
        county,
        "clueReply",
        f'id: "{seen["id"]}", text: "已经处理完毕。", channel: SMS, {key()}',
    )
    assert "ALREADY_REPLIED" in [e["code"] for e in again["userErrors"]]
    assert (await data(None, FOLLOW, **shown))["clueFollow"]["replyText"] == "已经处理完毕。"


async def test_merging(county: County) -> None:
    await reported(county)
    await reported(county)
    later, earlier = await clues(county, "clue_officer")
    itself = await step(county, "clueMerge", f'id: "{later["id"]}", into: "{later["id"]}"')
    assert [e["code"] for e in itself["userErrors"]] == ["MERGE_INTO_ITSELF"]
    merged = await step(county, "clueMerge", f'id: "{later["id"]}", into: "{earlier["id"]}"')
    assert merged["clue"]["status"] == "MERGED"


async def test_only_the_right_receipt_shows_a_report(county: County, other_county: County) -> None:
    mine, another = await reported(county), await reported(county)
    right = {"t": county.public_code, "n": mine["ticketNo"], "s": mine["secret"]}
    assert (await data(None, FOLLOW, **right))["clueFollow"] is not None
    for wrong in (
        right | {"s": another["secret"]},
        right | {"t": other_county.public_code},
        right | {"t": "nowhere"},
        right | {"s": mine["secret"][:-1] + ("0" if mine["secret"][-1] != "0" else "1")},
        right | {"n": another["ticketNo"]},
        right | {"s": ""},
    ):
        assert (await data(None, FOLLOW, **wrong))["clueFollow"] is None


def test_a_guesser_waits_and_the_owner_does_not() -> None:
    for _ in range(8):
        BACKOFF.wrong("192.0.2.7", "TICKET01")
    assert BACKOFF.wait_s("192.0.2.99", "TICKET01") > 0
    assert BACKOFF.wait_s("198.51.100.7", "TICKET01") == 0
    assert BACKOFF.wait_s("192.0.2.7", "TICKET02") == 0
    BACKOFF.right("192.0.2.7", "TICKET01")
    assert BACKOFF.wait_s("192.0.2.7", "TICKET01") == 0


def test_receipts_are_typed_by_people() -> None:
    secret = secrets.token_bytes(10)
    spelt = spell(secret)
    assert unspell(spelt) == secret
    assert unspell(spelt.lower()[:4] + "-" + spelt.lower()[4:]) == secret
    swapped = next(
        spelt[:i] + spelt[i + 1] + spelt[i] + spelt[i + 2 :]
        for i in range(15)
        if spelt[i] != spelt[i + 1]
    )
    assert unspell(swapped) is None


async def test_the_reporter_is_nowhere_in_clear(county: County, admin: asyncpg.Connection) -> None:
    await reported(county)
    tables = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await admin.fetch(f'SELECT t::text AS line FROM "{table}" t')
        assert not any("138001380" in row["line"] for row in rows), table
    # The control: what is not sealed would be found by the same search.
    found = await admin.fetch("SELECT t::text AS line FROM clue t")
    assert any("某培训中心" in row["line"] for row in found)


async def test_opening_a_reporter_takes_the_right_role_and_a_reason(
    county: County, admin: asyncpg.Connection
) -> None:
    await reported(county)
    (seen,) = await clues(county, "clue_officer")
    query = """mutation($id: ID!, $reason: String!) {
      clueReporterOpen(input: {id: $id, reason: $reason}) { phone userErrors { field code } } }"""
    reason = "需要电话核实上课时间"
    opened = await data(county.token("clue_officer"), query, id=seen["id"], reason=reason)
    assert opened["clueReporterOpen"]["phone"] == "+86" + PHONE
    for who in ("leader", "officer1", "county_officer"):
        body = await ask(county.token(who), query, id=seen["id"], reason=reason)
        assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    kept = await admin.fetch("SELECT subjects FROM audit_link WHERE action = 'clue.reporter_open'")
    assert len(kept) == 1 and reason in kept[0]["subjects"]


async def test_supervisors_count_but_do_not_read(county: County, other_county: County) -> None:
    number, account = await open_supervisor()
    supervisor = County(number, "shaanxi", {}, {}, {"supervisor": account})
    query = """{ clues(first: 10) { totalCount nodes { ticketNo facts subjectName } }
      tenants(first: 10) { nodes { publicCode cluesReceived { value tenantsMissing }
        cluesReplied { value numerator denominator } } } }"""
    await reported(county)
    body = await ask(supervisor.token("supervisor"), query)
    (row,) = body["data"]["clues"]["nodes"]
    assert (row["facts"], row["subjectName"]) == (None, None)
    assert {e["extensions"]["code"] for e in body["errors"]} == {"FORBIDDEN"}
    figures = {n["publicCode"]: n for n in body["data"]["tenants"]["nodes"]}
    assert figures["pucheng"]["cluesReceived"] == {"value": 1, "tenantsMissing": 0}
    assert figures["shaanxi"]["cluesReceived"] == {"value": 1, "tenantsMissing": 1}
    assert figures["pucheng"]["cluesReplied"] == {
        "value": "0.00",
        "numerator": 0,
        "denominator": 1,
    }
    assert figures["dingbian"]["cluesReplied"]["value"] is None
    filtered = """query($f: TenantFilter) { tenants(first: 10, filter: $f) {
      totalCount nodes { publicCode } } }"""
    for chosen, codes in (
        ({"level": {"eq": "COUNTY"}}, ["pucheng", "dingbian"]),
        ({"level": {"in": ["PROVINCE"]}}, ["shaanxi"]),
        ({"publicCode": {"in": ["dingbian", "nowhere"]}}, ["dingbian"]),
        ({"level": {"eq": "PROVINCE"}, "publicCode": {"eq": "pucheng"}}, []),
        ({}, ["shaanxi", "pucheng", "dingbian"]),
        (None, ["shaanxi", "pucheng", "dingbian"]),
    ):
        page = (await data(supervisor.token("supervisor"), filtered, f=chosen))["tenants"]
        assert [n["publicCode"] for n in page["nodes"]] == codes
        assert page["totalCount"] == len(codes)
    denied = await ask(county.token("clue_officer"), "{ tenants(first: 10) { totalCount } }")
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_role_public_reads_no_report(county: County) -> None:
    await reported(county)
    opened = pool(Role.PUBLIC)
    context = f"SELECT set_config('app.tenant_id', '{county.number}', true)"
    for column, allowed in (
        ("ticket_no", True),
        ("facts", False),
        ("subject_name", False),
        ("owner_post_id", False),
    ):
        async with opened.acquire() as connection, connection.transaction():
            await connection.execute(context)
            if allowed:
                assert len(await connection.fetch(f"SELECT {column} FROM clue")) == 1
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(f"SELECT {column} FROM clue")
    async with opened.acquire() as connection, connection.transaction():
        await connection.execute(context)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT clue_id FROM reporter")
