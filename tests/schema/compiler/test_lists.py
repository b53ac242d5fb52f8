"""Pages, cursors, filters and groups as a client meets them."""

import asyncio
import base64
import os
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson
import pytest

from infra.ids import encode_id, new_id
from schema.compiler.executor import PLANS
from schema.compiler.keyset import Order
from schema.errors import code_of
from tests.harness.cluster import Cluster
from tests.schema.compiler.conftest import World
from tests.schema.compiler.server_log import executed

SEED = int(os.environ.get("WANGGE_TEST_SEED", "20261125"))
PAGE = """query($first: Int, $last: Int, $after: String, $before: String, $o: FxSchoolOrder,
  $f: FxSchoolFilter) { schools(first: $first, last: $last, after: $after, before: $before,
  orderBy: $o, filter: $f) { edges { cursor node { id name } } nodes { id } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
ORDERS = [
    {"field": field, "direction": direction}
    for field in ("NAME", "KIND", "RATE", "OPENED", "MADE", "SAME_KIND")
    for direction in ("ASC", "DESC")
]


async def page(world: World, asker: str = "province", **variables: Any) -> Any:
    answer = await world.ask(PAGE, world.askers[asker], variables)
    assert answer.errors is None, answer.errors
    return orjson.loads(orjson.dumps(answer.data))["schools"]


async def walk(world: World, size: int, *, backward: bool = False, **given: Any) -> list[str]:
    """Ids in reading order, page by page, as a frontend walks."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        where = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        read = await page(world, **where, **given)
        ids = [node["id"] for node in read["nodes"]]
        found = [*ids, *found] if backward else [*found, *ids]
        info = read["pageInfo"]
        cursor = info["startCursor"] if backward else info["endCursor"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return found


async def test_walking_either_way_meets_every_row_once(world: World) -> None:
    for order in ORDERS:
        whole = [node["id"] for node in (await page(world, first=100, o=order))["nodes"]]
        assert len(set(whole)) == len(world.schools) == 24
        for size in (1, 7, 24):
            assert await walk(world, size, o=order) == whole, order
            assert await walk(world, size, backward=True, o=order) == whole, order
        against = dict(order, direction="ASC" if order["direction"] == "DESC" else "DESC")
        assert await walk(world, 9, o=against) == whole[::-1], order


async def test_page_info_at_the_edges(world: World) -> None:
    nothing = await page(world, first=0)
    assert nothing["edges"] == nothing["nodes"] == []
    assert nothing["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }
    whole = await page(world, first=24)
    assert whole["pageInfo"]["hasNextPage"] is False
    cursors = [edge["cursor"] for edge in whole["edges"]]
    between = await page(world, last=2, after=cursors[3], before=cursors[9])
    assert [edge["cursor"] for edge in between["edges"]] == cursors[7:9]
    assert between["pageInfo"]["hasNextPage"] and between["pageInfo"]["hasPreviousPage"]
    assert between["totalCount"] == 24


class Churn:
    """Somebody else inserts and deletes schools all the time; some stay from before."""

    def __init__(self, world: World, admin: asyncpg.Connection, rng: random.Random) -> None:
        self.world, self.admin, self.rng = world, admin, rng
        self.own: list[Any] = []
        self.changes = 0

    async def once(self) -> None:
        self.changes += 1
        county = self.world.counties[0]
        if self.own and self.rng.random() < 0.5:
            gone = self.own.pop(self.rng.randrange(len(self.own)))
            await self.admin.execute("DELETE FROM fx_school WHERE id = $1", gone)
            return
        made = new_id()
        self.own.append(made)
        await self.admin.execute(
            "INSERT INTO fx_school (tenant_id, id, name, kind, area_id, rate, opened, made, note,"
            " phone, secret) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'n', '1', 'x')",
            county.number,
            made,
            "".join(self.rng.sample("春夏秋冬东南西北中", 3)),
            self.rng.choice(["JUNIOR", "PRIMARY"]),
            county.units["area1"],
            Decimal(self.rng.choice(["0", "12.345", "99.995"])),
            date(2020 + self.rng.randrange(9), 1, 1),
            datetime(2026, 1, 1, tzinfo=UTC),
        )


async def _walk_in_churn(world: World, admin: asyncpg.Connection, order: Any, back: bool) -> None:
    churn = Churn(world, admin, random.Random(SEED))
    stay = {encode_id("FxSchool", s.tenant_id, s.id) for s in world.schools}
    done = asyncio.Event()

    async def change() -> None:
        while not done.is_set():
            await churn.once()
            await asyncio.sleep(0)

    changing = asyncio.create_task(change())
    try:
        # A slow machine walks more often until enough was written meanwhile.
        walks = 0
        while walks < 4 or churn.changes <= 20:
            walks += 1
            found = await walk(world, 3, backward=back, o=order)
            assert len(found) == len(set(found)), f"repeated, seed {SEED}"
            missed = stay - set(found)
            assert not missed, f"skipped {len(missed)}, seed {SEED}"
    finally:
        done.set()
        await changing


async def test_walking_while_others_write_neither_skips_nor_repeats(
    world: World, admin: asyncpg.Connection
) -> None:
    # A figure such as SAME_KIND moves with other rows; a row's own values do not.
    for order in (ORDERS[0], ORDERS[3], ORDERS[4]):
        for back in (False, True):
            await _walk_in_churn(world, admin, order, back)


async def test_control_a_cursor_without_ties_is_noticed(
    world: World, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    beyond = Order.beyond

    def first_key_alone(self: Order, row: str, bound: list[str], *, after: bool) -> str:
        kept = Order(self.keys[:1], self.descending, self.signature)
        # Every parameter must be used, or the server refuses the statement.
        used = " AND ".join(f"{value} IS NOT NULL" for value in bound[1:])
        return f"({beyond(kept, row, bound[:1], after=after)} AND {used})"

    monkeypatch.setattr(Order, "beyond", first_key_alone)
    PLANS.clear()
    with pytest.raises(AssertionError, match="skipped"):
        await _walk_in_churn(world, admin, ORDERS[2], False)


def tampered(cursor: str) -> list[str]:
    """Cursors that look like ours and are not."""
    parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def spelt(value: Any) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()

    odd = [None, True, 1.5, [], {}, "a\x00b", 2**62]
    return [
        "",
        "A",
        "%%%",
        cursor + "A",
        cursor[:-3],
        cursor + "=",
        "A" * 10_000,
        spelt([]),
        spelt({}),
        spelt(7),
        spelt(parts[:-1]),
        spelt([*parts, 1]),
        spelt(["00000000", *parts[1:]]),
        *(spelt([*parts[:2], value, parts[3]]) for value in [*odd, "x", -(2**40)]),
        *(spelt([*parts[:3], value]) for value in [*odd, "no uuid"]),
        *(spelt([parts[0], value, *parts[2:]]) for value in odd),
    ]


async def test_a_cursor_of_another_making_is_refused(world: World) -> None:
    for field in ("NAME", "RATE", "OPENED", "MADE", "SAME_KIND"):
        await _refuses_tampered(world, field)


async def _refuses_tampered(world: World, field: str) -> None:
    order = {"field": field, "direction": "ASC"}
    read = await page(world, first=1, o=order)
    cursor = read["pageInfo"]["endCursor"]
    refused = 0
    for given in tampered(cursor):
        for where in ({"first": 1, "after": given}, {"last": 1, "before": given}):
            answer = await world.ask(PAGE, world.askers["all"], {**where, "o": order})
            codes = {code_of(error).value for error in answer.errors or []}
            # A number where the key is a number is a place in the list like another.
            assert codes <= {"BAD_CURSOR"}, (given, answer.errors)
            refused += bool(codes)
    assert refused > 40
    other = {"field": "NAME" if field != "NAME" else "RATE", "direction": "ASC"}
    for wrong in (other, dict(order, direction="DESC")):
        answer = await world.ask(
            PAGE, world.askers["all"], {"first": 1, "after": cursor, "o": wrong}
        )
        (error,) = answer.errors or []
        assert code_of(error).value == "BAD_CURSOR" and error.locations


async def test_nodes_keep_their_order_beside_page_info(world: World) -> None:
    """PostgreSQL sorts rows for one aggregate; the others must not see another order."""
    document = """query($n: Int!) { schools(first: $n) { nodes { name } more: nodes { name }
      pageInfo { endCursor } edges { node { name } } } }"""
    for n in (1, 2, 5, 12):
        answer = await world.ask(document, world.askers["all"], {"n": n})
        read = orjson.loads(orjson.dumps(answer.data))["schools"]
        names = [node["name"] for node in read["nodes"]]
        assert names == sorted(names) == [node["name"] for node in read["more"]]
        assert names == [edge["node"]["name"] for edge in read["edges"]]


async def test_several_aliases_of_one_connection_have_their_own_arguments(world: World) -> None:
    document = """{ schools(first: 3) { nodes { a: pupils(first: 1) { nodes { score } }
      b: pupils(last: 1) { nodes { score } } c: pupils(first: 100, filter: {score: {gte: 50}})
      { totalCount nodes { score } } d: pupils(first: 0) { totalCount } } } }"""
    answer = await world.ask(document, world.askers["all"])
    assert answer.errors is None
    for node in orjson.loads(orjson.dumps(answer.data))["schools"]["nodes"]:
        scores = [pupil["score"] for pupil in node["c"]["nodes"]]
        assert all(score >= 50 for score in scores) and len(scores) == node["c"]["totalCount"]
        if node["d"]["totalCount"]:
            assert node["a"]["nodes"][0]["score"] >= node["b"]["nodes"][0]["score"]


async def test_one_statement_for_a_page_with_everything_and_for_groups(
    world: World, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    ids = [encode_id("FxSchool", s.tenant_id, s.id) for s in world.schools[:5]]
    ids += [encode_id("FxPupil", p.tenant_id, p.id) for p in world.pupils[:5]]
    for document, variables in (
        (PAGE, {"first": 5, "f": {"name": {"contains": "南"}, "or": [{"kind": {"eq": "JUNIOR"}}]}}),
        ("{ schoolStats(groupBy: [KIND, PARENT], first: 9) { kind parent { name } count } }", {}),
        ("query($i: [ID!]!) { nodes(ids: $i) { id ... on FxSchool { name } } }", {"i": ids}),
        ("{ pupils(first: 9) { nodes { guardian { ... on FxSchool { fee } } } } }", {}),
    ):
        async with executed(cluster, database, admin) as statements:
            for _ in range(2):
                answer = await world.ask(document, world.askers["all"], variables)
                assert answer.errors is None, answer.errors
        # A new connection looks up what an array type is, once.
        looked_up = sum("typeinfo" in text for _, text in statements)
        assert len(statements) - looked_up <= 2 + looked_up, statements
        assert len(statements) >= 2


async def test_a_longer_list_of_values_is_no_new_plan(world: World) -> None:
    document = """query($f: FxSchoolFilter, $i: [ID!]!) {
      schools(first: 5, filter: $f) { totalCount } nodes(ids: $i) { id } }"""
    ids = [encode_id("FxSchool", s.tenant_id, s.id) for s in world.schools]
    PLANS.clear()
    for count in (1, 2, 7):
        given = {"name": {"in": ["x"] * count}, "rate": {"gt": f"{count}.00"}}
        variables = {"f": given, "i": ids[:count]}
        assert (await world.ask(document, world.askers["all"], variables)).errors is None
    assert len(PLANS) == 2
    # Another structure is another plan.
    for given in ({"name": {"eq": "x"}}, {"not": {"name": {"eq": "x"}}}, {"or": [{}, {}]}):
        await world.ask(document, world.askers["all"], {"f": given, "i": ids[:1]})
    assert len(PLANS) == 8


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"note": {"eq": "x"}}, "FORBIDDEN"),
    ({"not": {"or": [{"note": {"isNull": True}}]}}, "FORBIDDEN"),
    ({"masked": {"contains": "备"}}, "FORBIDDEN"),
    ({"name": {"eq": None}}, "BAD_USER_INPUT"),
    ({"name": None}, "BAD_USER_INPUT"),
    ({"and": None}, "BAD_USER_INPUT"),
    ({"name": {"in": ["x"] * 101}}, "BAD_USER_INPUT"),
    ({"name": {"eq": "a\x00"}}, "BAD_USER_INPUT"),
    ({"fee": {"eq": "1.5"}}, "BAD_USER_INPUT"),
    ({"fee": {"eq": "１.００"}}, "BAD_USER_INPUT"),
    ({"opened": {"lt": "2026-02-30"}}, "BAD_USER_INPUT"),
    ({"seen": {"lt": "2026-01-01T00:00:00"}}, "BAD_USER_INPUT"),
    ({"seen": {"lt": "0001-01-01T00:00:00+08:00"}}, "BAD_USER_INPUT"),
    ({"nothing": {"eq": 1}}, "BAD_USER_INPUT"),
]


async def test_a_filter_that_may_not_be_is_told(world: World) -> None:
    for given, code in REFUSED:
        answer = await world.ask(PAGE, world.askers["few"], {"first": 1, "f": given})
        assert {code_of(error).value for error in answer.errors or []} == {code}, given
    few = '{ schools(first: 1, filter: {note: {eq: "x"}}) { __typename } }'
    assert [code_of(e).value for e in (await world.ask(few, world.askers["few"])).errors or []] == [
        "FORBIDDEN"
    ]


async def test_contains_is_what_stands_in_the_text(world: World) -> None:
    """Grams alone would find names that hold the pieces apart."""
    whole = {s.name for s in world.schools if s.tenant_id == world.counties[0].number}
    words = {name[i : i + 2] for name in whole for i in range(3)} | {"中南", "", "%", "南"}
    for word in sorted(words):
        read = await page(world, "all", first=100, f={"name": {"contains": word}})
        found = {edge["node"]["name"] for edge in read["edges"]}
        assert found == {name for name in whole if word in name}, word


async def test_more_than_a_hundred_ids_are_refused(world: World) -> None:
    document = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    one = encode_id("FxPupil", world.pupils[0].tenant_id, world.pupils[0].id)
    fine = await world.ask(document, world.askers["all"], {"i": [one] * 100})
    assert fine.errors is None
    assert len(orjson.loads(orjson.dumps(fine.data))["nodes"]) == 100
    answer = await world.ask(document, world.askers["all"], {"i": [one] * 101})
    assert [code_of(error).value for error in answer.errors or []] == ["BAD_USER_INPUT"]
