"""Lists of the product as a frontend asks for them: pages, pinyin order, filters, groups."""

from typing import Any

import asyncpg

from infra.ids import encode_id
from services.institutions.models import InstitutionCategory
from services.institutions.service import (
    CloseInstitution,
    RegisterInstitution,
    close_institution,
    register_institution,
)
from tenants.session import unit_of_work
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.schema.world import World
from tests.services.institutions.codes import uscc

BY_PINYIN = ["安琪儿舞蹈", "博雅美术", "晨曦书法", "大地篮球", "鄂尔多围棋", "星海艺术", "卓越编程"]
LIST = """query($first: Int, $after: String, $last: Int, $before: String, $f: InstitutionFilter,
  $o: InstitutionOrder, $q: String) { institutions(first: $first, after: $after, last: $last,
  before: $before, filter: $f, orderBy: $o, q: $q) { totalCount nodes { name }
  edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
STATS = """query($by: [InstitutionStatsDimension!]!, $f: InstitutionFilter, $t: [ID!]) {
  institutionStats(groupBy: $by, first: 10, filter: $f, tenantIds: $t) { count category status
    unit { name } tenant { publicCode } } }"""


async def registered(county: County) -> None:
    """Seven institutions, entered out of order; the last is closed."""
    principal = await county.principal("county_officer")
    kinds = list(InstitutionCategory)
    for number, name in enumerate(reversed(BY_PINYIN)):
        unit = county.units["school1" if number % 2 else "school2"]
        async with unit_of_work(principal.scope, "test.register") as session:
            command = RegisterInstitution(uscc(number), name, kinds[number % 3], unit)
            row = await register_institution(session, principal, command)
            if number == 6:
                closing = CloseInstitution(row.id, row.version, "自行停止办学")
                await close_institution(session, principal, closing)


async def names(county: County, **variables: Any) -> list[str]:
    found = await data(county.token("county_officer"), LIST, **variables)
    return [node["name"] for node in found["institutions"]["nodes"]]


async def test_pages_in_pinyin_order_both_ways(county: County) -> None:
    await registered(county)
    assert await names(county, first=100) == BY_PINYIN
    order = {"field": "NAME", "direction": "DESC"}
    assert await names(county, first=3, o=order) == BY_PINYIN[:3:-1]
    token, found, after = county.token("county_officer"), [], None
    while True:
        page = (await data(token, LIST, first=2, after=after))["institutions"]
        found += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 7 and len(page["edges"]) == len(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == BY_PINYIN
    assert await names(county, last=2, before=after) == BY_PINYIN[4:6]


async def test_filters_and_search_together(county: County) -> None:
    await registered(county)
    assert await names(county, first=9, f={"name": {"contains": "海艺"}}) == ["星海艺术"]
    assert await names(county, first=9, q="xhy") == ["星海艺术"]
    assert await names(county, first=9, f={"status": {"eq": "CLOSED"}}) == [BY_PINYIN[0]]
    either = {"or": [{"name": {"eq": "博雅美术"}}, {"closedAt": {"isNull": False}}]}
    assert await names(county, first=9, f=either) == BY_PINYIN[:2]
    unit = encode_id("Unit", county.number, county.units["school1"])
    grid = encode_id("Grid", county.number, county.units["school1"])
    own = await names(county, first=9, f={"unit": {"eq": unit}})
    assert own == await names(county, first=9, f={"unit": {"in": [grid]}}) and len(own) == 3
    rest = await names(county, first=9, f={"not": {"unit": {"eq": unit}}})
    assert sorted(own + rest) == sorted(BY_PINYIN)
    later = {"registeredAt": {"gt": "2999-01-01T00:00:00+08:00"}}
    assert await names(county, first=9, f=later) == []


async def test_groups_add_up(county: County, other_county: County) -> None:
    await registered(county)
    token = county.token("county_officer")
    groups = (await data(token, STATS, by=["CATEGORY", "STATUS"]))["institutionStats"]
    assert sum(group["count"] for group in groups) == 7
    assert all(group["unit"] is None and group["category"] for group in groups)
    assert [g["count"] for g in groups] == sorted((g["count"] for g in groups), reverse=True)
    by_unit = (await data(token, STATS, by=["UNIT"]))["institutionStats"]
    assert {group["unit"]["name"]: group["count"] for group in by_unit} == {
        "蒲城县school2": 4,
        "蒲城县school1": 3,
    }
    # A grid officer's groups hold what the officer sees; another county's nothing.
    mine = (await data(county.token("officer1"), STATS, by=["TENANT"]))["institutionStats"]
    assert [group["count"] for group in mine] == [3]
    assert (await data(other_county.token("leader"), STATS, by=["TENANT"])) == {
        "institutionStats": []
    }


async def test_a_supervisor_narrows_to_tenants(
    county: County, other_county: County, admin: asyncpg.Connection, theirs: World
) -> None:
    await registered(county)
    number, account = await open_supervisor()
    token = County(number, "shaanxi", {}, {}, {"supervisor": account}).token("supervisor")
    listed = await data(token, "{ tenants(first: 9) { nodes { id publicCode } } }")
    ids = {node["publicCode"]: node["id"] for node in listed["tenants"]["nodes"]}
    counts = {}
    for chosen in (["pucheng"], ["dingbian"], ["pucheng", "dingbian"], []):
        given = [ids[code] for code in chosen]
        groups = (await data(token, STATS, by=["TENANT"], t=given))["institutionStats"]
        counts[tuple(chosen)] = {g["tenant"]["publicCode"]: g["count"] for g in groups}
    assert counts == {
        ("pucheng",): {"pucheng": 7},
        ("dingbian",): {"dingbian": 1},
        ("pucheng", "dingbian"): {"pucheng": 7, "dingbian": 1},
        (): {},
    }
    # A county's own token cannot widen itself by naming another.
    other = {"t": [ids["pucheng"]], "by": ["TENANT"]}
    answer = await data(other_county.token("county_officer"), STATS, **other)
    assert answer == {"institutionStats": []}


async def test_nodes_keep_the_order_of_their_ids(
    county: County, other_county: County, admin: asyncpg.Connection, mine: World, theirs: World
) -> None:
    asked = [mine.ids["Clue"], theirs.ids["Clue"], "no id", mine.ids["Institution"]]
    document = """query($i: [ID!]!) { nodes(ids: $i) { __typename id
      ... on Clue { ticketNo } ... on Institution { uscc } } }"""
    found = (await data(county.token("clue_officer"), document, i=asked))["nodes"]
    assert [one and one["id"] for one in found] == [asked[0], None, None, asked[3]]
    assert [one and one["__typename"] for one in found] == ["Clue", None, None, "Institution"]
    body = await ask(county.token("admin"), document, i=asked[:1])
    assert body["data"] == {"nodes": [None]}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert body["errors"][0]["path"] == ["nodes", 0]
