"""One key, one effect: replays, duplicates in flight, refusals, kills, and whose key it is."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from infra.ids import encode_id
from schema.compiler import executor
from schema.replay import written
from tenants import idempotency
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.schema.asking import ask, data
from tests.schema.test_clues import clues, reported, step
from tests.services.institutions.codes import uscc

APPOINT = """mutation($input: GridOfficerAppointInput!) { gridOfficerAppoint(input: $input) {
  post { id code title } grid { code } userErrors { field message code } } }"""
REGISTER = """mutation($input: InstitutionRegisterInput!) { institutionRegister(input: $input) {
  institution { %s } userErrors { field code } } }"""
CORRECT = """mutation($input: InstitutionCorrectInput!) { institutionCorrect(input: $input) {
  institution { version } userErrors { code } } }"""
TIMES = 50


def appointment(county: County, **changes: Any) -> dict[str, Any]:
    unit = encode_id("Unit", county.number, county.units["area1"])
    return {"unitId": unit, "title": "网格员", "idempotencyKey": str(uuid4()), **changes}


def institution(county: County, **changes: Any) -> dict[str, Any]:
    return {
        "uscc": uscc(1),
        "name": "蒲城星光艺术培训中心",
        "category": "NON_SUBJECT_ARTS",
        "unitId": encode_id("Unit", county.number, county.units["school1"]),
        "idempotencyKey": str(uuid4()),
        **changes,
    }


def is_replay(body: dict[str, Any]) -> bool:
    return bool(body.get("extensions", {}).get("idempotentReplay", False))


async def appoint(county: County, command: dict[str, Any], who: str = "county_officer") -> Any:
    return await ask(county.token(who), APPOINT, input=command)


async def appointed(admin: asyncpg.Connection) -> int:
    found: int = await admin.fetchval("SELECT count(*) FROM post WHERE code LIKE 'area1/officer-%'")
    return found


async def kept(admin: asyncpg.Connection) -> int:
    found: int = await admin.fetchval("SELECT count(*) FROM idempotency_key")
    return found


@pytest.fixture
async def unbounded(county: County, admin: asyncpg.Connection) -> County:
    """A county whose grids may have any number of officers, so that only the key limits them."""
    await admin.execute(
        "INSERT INTO policy_value (tenant_id, id, key, value, valid_from, source)"
        " VALUES ($1, gen_random_uuid(), 'grid.officers.max', '100', '2020-01-01', 'test')",
        county.number,
    )
    return county


async def test_many_at_once_have_one_effect_and_one_answer(
    unbounded: County, admin: asyncpg.Connection
) -> None:
    command = appointment(unbounded)
    bodies = await asyncio.gather(*(appoint(unbounded, command) for _ in range(TIMES)))
    assert await appointed(admin) == await kept(admin) == 1
    (answer,) = {str(body["data"]) for body in bodies}
    assert "area1/officer-1" in answer and "'userErrors': []" in answer
    assert [is_replay(body) for body in bodies].count(False) == 1


async def test_without_one_key_each_has_its_effect(
    unbounded: County, admin: asyncpg.Connection
) -> None:
    """The control: the same command under a key each."""
    commands = [appointment(unbounded) for _ in range(TIMES)]
    bodies = await asyncio.gather(*(appoint(unbounded, command) for command in commands))
    assert await appointed(admin) == await kept(admin) == TIMES
    assert not any(map(is_replay, bodies))
    assert len({body["data"]["gridOfficerAppoint"]["post"]["id"] for body in bodies}) == TIMES


async def test_a_claim_that_is_always_granted_would_be_noticed(
    unbounded: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: the key is looked at by nobody."""

    async def granted(*_given: Any) -> None:
        return None

    monkeypatch.setattr(idempotency, "claim", granted)
    command = appointment(unbounded)
    await asyncio.gather(*(appoint(unbounded, command) for _ in range(5)))
    assert await appointed(admin) == 5


async def test_a_replay_reads_again_under_the_new_selection(
    county: County, admin: asyncpg.Connection
) -> None:
    token, command = county.token("county_officer"), institution(county)
    first = await ask(token, REGISTER % "id name version", input=command)
    made = first["data"]["institutionRegister"]["institution"]
    assert not is_replay(first)
    change = {"id": made["id"], "expectedVersion": 1, "name": "蒲城晨曦体育培训中心"}
    await data(token, CORRECT, input=change)
    again = await ask(token, REGISTER % "name unit { name } tenant { name }", input=command)
    assert again["data"]["institutionRegister"] == {
        "institution": {
            "name": "蒲城晨曦体育培训中心",
            "unit": {"name": "蒲城县school1"},
            "tenant": {"name": "蒲城县"},
        },
        "userErrors": [],
    }
    assert is_replay(again)
    events = await admin.fetchval(
        "SELECT count(*) FROM event WHERE kind = 'institution.registered'"
    )
    links = await admin.fetchval(
        "SELECT count(*) FROM audit_link WHERE action = 'institution.register'"
    )
    assert (events, links) == (1, 1)


async def test_an_answer_is_sent_to_the_reporter_once(
    county: County, admin: asyncpg.Connection
) -> None:
    await reported(county)
    (seen,) = await clues(county, "clue_officer")
    await step(county, "clueAccept", f'id: "{seen["id"]}"')
    fields = (
        f'id: "{seen["id"]}", text: "已经处理完毕。", channel: SMS, idempotencyKey: "{uuid4()}"'
    )
    answers = [await step(county, "clueReply", fields) for _ in range(3)]
    assert answers == [{"clue": {"status": "ACCEPTED"}, "userErrors": []}] * 3
    assert await admin.fetchval("SELECT count(*) FROM event WHERE kind = 'clue.replied'") == 1


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "另一内容"), ("en", "another input")])
async def test_the_same_key_with_another_input_is_refused(
    county: County, admin: asyncpg.Connection, language: str, word: str
) -> None:
    command = appointment(county)
    await appoint(county, command)
    token = county.token("county_officer")
    other = await ask(token, APPOINT, language, input=command | {"title": "副网格员"})
    (error,) = other["data"]["gridOfficerAppoint"]["userErrors"]
    assert (error["field"], error["code"]) == (
        ["input", "idempotencyKey"],
        "IDEMPOTENCY_KEY_REUSED",
    )
    assert word in error["message"]
    assert other["data"]["gridOfficerAppoint"]["post"] is None and not is_replay(other)
    elsewhere = institution(county, idempotencyKey=command["idempotencyKey"])
    answer = await data(token, REGISTER % "id", input=elsewhere)
    assert answer["institutionRegister"]["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await appointed(admin), await kept(admin)) == (1, 1)


async def test_a_refused_try_stores_nothing(county: County, admin: asyncpg.Connection) -> None:
    command = appointment(county)
    refused = await appoint(county, command | {"title": "一"})
    assert refused["data"]["gridOfficerAppoint"]["userErrors"][0]["code"] == "TEXT_LENGTH"
    assert await kept(admin) == 0
    retried = await appoint(county, command)
    assert retried["data"]["gridOfficerAppoint"]["userErrors"] == [] and not is_replay(retried)
    assert (await appointed(admin), await kept(admin)) == (1, 1)


async def test_a_key_is_its_clients_and_tenants_own(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    key = str(uuid4())
    bodies = [
        await appoint(county, appointment(county, idempotencyKey=key)),
        await appoint(county, appointment(county, idempotencyKey=key), "admin"),
        await appoint(other_county, appointment(other_county, idempotencyKey=key)),
    ]
    assert not any(map(is_replay, bodies))
    assert [b["data"]["gridOfficerAppoint"]["post"]["code"] for b in bodies] == [
        "area1/officer-1",
        "area1/officer-2",
        "area1/officer-1",
    ]
    assert (await appointed(admin), await kept(admin)) == (3, 3)


async def test_a_lost_right_ends_replays_too(county: County, admin: asyncpg.Connection) -> None:
    command = appointment(county)
    await appoint(county, command)
    await admin.execute("UPDATE post SET role = 'BUREAU_LEADER' WHERE code = 'county_officer'")
    await admin.execute("UPDATE account SET epoch = epoch + 1 WHERE login = 'county_officer'")
    again = await appoint(county, command)
    assert again["data"] == {"gridOfficerAppoint": None}
    assert again["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert not is_replay(again)


async def kill_writers(admin: asyncpg.Connection) -> None:
    """End the connections that hold a transaction open, as a crash of their process would."""
    killed = await admin.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'wangge_api'"
        " AND state = 'idle in transaction' AND datname = current_database()"
    )
    assert len(killed) == 1


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_duplicate_in_flight_waits_for_the_first(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    """It answers with the first one's effect, or with its own when the first was killed."""
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold(name: str) -> None:
        if name == "before_mutation_commit" and not held.is_set():
            held.set()
            await let_go.wait()

    monkeypatch.setattr(executor.faults, "point", hold)
    command = appointment(county)
    first = asyncio.create_task(appoint(county, command))
    async with asyncio.timeout(10):
        await held.wait()
    second = asyncio.create_task(appoint(county, command))
    done, _ = await asyncio.wait({second}, timeout=0.5)
    assert not done, "the duplicate did not wait"
    assert (await appointed(admin), await kept(admin)) == (0, 0)
    if is_killed:
        await kill_writers(admin)
    let_go.set()
    with capture_logs():
        one, two = await asyncio.gather(first, second)
    assert two["data"]["gridOfficerAppoint"]["post"]["code"] == "area1/officer-1"
    if is_killed:
        assert one["data"] == {"gridOfficerAppoint": None}
        assert one["errors"][0]["extensions"]["code"] == "INTERNAL"
    else:
        assert one["data"] == two["data"]
    assert (is_replay(one), is_replay(two)) == (False, not is_killed)
    assert (await appointed(admin), await kept(admin)) == (1, 1)


@pytest.mark.parametrize("key", ["", "short", "x" * 15, "x" * 65, "with a space in it", "键" * 20])
async def test_what_is_no_key_is_refused(
    county: County, admin: asyncpg.Connection, key: str
) -> None:
    body = await appoint(county, appointment(county, idempotencyKey=key))
    (error,) = body["data"]["gridOfficerAppoint"]["userErrors"]
    assert error["code"] == "IDEMPOTENCY_KEY_INVALID"
    assert error["field"] == ["input", "idempotencyKey"]
    assert (await appointed(admin), await kept(admin)) == (0, 0)


async def test_what_is_kept_is_ids_and_a_digest(county: County, admin: asyncpg.Connection) -> None:
    await ask(county.token("county_officer"), REGISTER % "id", input=institution(county))
    row = await admin.fetchrow("SELECT *, results::text AS told FROM idempotency_key")
    assert row is not None
    made = await admin.fetchval("SELECT id FROM institution")
    assert row["told"] == f'{{"institution": ["Institution", "{made}"]}}'
    assert len(row["input_mac"]) == 32
    assert "星光" not in str(dict(row))


async def test_keys_are_forgotten_after_thirty_days_and_not_before(
    county: County, admin: asyncpg.Connection
) -> None:
    old, young = appointment(county), appointment(county)
    await appoint(county, old)
    await admin.execute("UPDATE idempotency_key SET created_at = now() - interval '31 days'")
    await appoint(county, young)
    async with unit_of_work(county.scope, "test.prune") as session:
        with pytest.raises(ValueError, match="30 days"):
            await idempotency.prune(session, timedelta(days=29))
        assert await idempotency.prune(session) == 1
    assert is_replay(await appoint(county, young))
    assert not is_replay(await appoint(county, old))


@dataclass
class Before:
    title: str
    parts: list[int] = field(default_factory=list)


@dataclass
class After(Before):
    note: str | None = None


def test_an_input_is_compared_as_it_was_written() -> None:
    """A field added later with a default must not break the digests kept before."""
    assert written(Before("t")) == written(After("t"))
    assert written(After("t", note="n")) != written(After("t"))
    assert written(Before("t", [1])) != written(Before("t", [2]))
    assert written([After("t")]) == [{"title": "t"}]
