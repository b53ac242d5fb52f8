"""The organisational tree: closure, posts, terms, deputies, and who sees what of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from infra.errors import DomainError, NotFound
from infra.ids import new_id
from tenants.access import RoleCode
from tenants.auth import tokens
from tenants.models import Post, Unit, UnitClosure, UnitKind
from tenants.organisation import (
    AddUnit,
    add_account,
    add_post,
    add_unit,
    hold_post,
    holders,
    visible_posts,
    visible_units,
)
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import County, open_supervisor
from tests.schema.asking import data


async def _seen(scope: Scope) -> tuple[list[str], list[str]]:
    async with reading(scope) as session:
        units = await session.scalars(select(Unit.code).where(visible_units(scope)))
        posts = await session.scalars(select(Post.code).where(visible_posts(scope)))
        return sorted(units), sorted(posts)


async def test_the_closure_holds_every_ancestor(county: County) -> None:
    async with reading(county.scope) as session:
        rows = await session.execute(
            select(Unit.code, UnitClosure.depth)
            .join(UnitClosure, UnitClosure.ancestor_id == Unit.id)
            .where(UnitClosure.descendant_id == county.units["school1"])
        )
        assert sorted((row.depth, row.code) for row in rows) == [
            (0, "school1"),
            (1, "area1"),
            (2, "bureau"),
        ]


async def test_a_unit_reports_to_its_parent_unless_told_otherwise(county: County) -> None:
    async with unit_of_work(county.scope, "test") as session:
        central = await add_unit(
            session,
            AddUnit("central", "中心校", UnitKind.CENTRAL_SCHOOL, county.units["area1"]),
        )
        primary = await add_unit(
            session,
            AddUnit("primary", "小学", UnitKind.PRIMARY_SCHOOL, county.units["area1"], central.id),
        )
    assert central.reports_to_id == county.units["area1"]
    assert (primary.parent_id, primary.reports_to_id) == (county.units["area1"], central.id)


async def test_unknown_and_foreign_parents_are_not_found(
    county: County, other_county: County
) -> None:
    async with reading(county.scope) as session:
        for parent in (new_id(), other_county.units["area1"]):
            with pytest.raises(NotFound):
                await add_unit(session, AddUnit("x", "某校", UnitKind.JUNIOR_SCHOOL, parent))
            with pytest.raises(NotFound):
                await add_post(session, parent, "x", "岗位", RoleCode.GRID_OFFICER)


async def test_sight_ends_with_the_subtree(county: County, other_county: County) -> None:
    del other_county  # its rows must not appear
    everything = ["area1", "area2", "bureau", "school1", "school2"]
    for name, units in (
        ("leader", everything),
        ("area_lead", ["area1", "school1"]),
        ("officer2", ["school2"]),
    ):
        principal = await county.principal(name)
        assert (await _seen(principal.scope))[0] == units
    lead = await county.principal("area_lead")
    assert (await _seen(lead.scope))[1] == ["area_lead", "officer1"]


async def test_succession_ends_the_former_term_and_raises_both_epochs(county: County) -> None:
    before = await county.principal("officer1")
    today = date.today()
    async with unit_of_work(county.scope, "test") as session:
        successor = await add_account(session, "successor")
        await hold_post(session, county.posts["officer1"], successor.id, today)
    async with reading(county.scope) as session:
        assert await holders(session, county.posts["officer1"]) == [successor.id]
    after = await county.principal("officer1")
    assert after.epoch == before.epoch + 1
    assert after.post_ids == ()
    assert await _seen(after.scope) == ([], [])


async def test_a_term_cannot_begin_before_the_present_one(county: County) -> None:
    async with reading(county.scope) as session:
        account = county.accounts["leader"]
        with pytest.raises(DomainError, match="TERM_OVERLAPS"):
            await hold_post(session, county.posts["officer1"], account, date(2019, 1, 1))


async def test_deputies_act_only_where_nobody_holds(county: County) -> None:
    post = county.posts["officer1"]
    deputy = county.accounts["leader"]
    async with unit_of_work(county.scope, "test") as session:
        await hold_post(session, post, deputy, date(2020, 1, 1), is_deputy=True)
        assert await holders(session, post) == [county.accounts["officer1"]]
        vacant = await add_post(
            session, county.units["area1"], "vacant", "空缺岗位", RoleCode.GRID_OFFICER
        )
        assert await holders(session, vacant.id) == []
        await hold_post(session, vacant.id, deputy, date(2020, 1, 1), is_deputy=True)
        assert await holders(session, vacant.id) == [deputy]


async def test_a_coming_term_gives_nothing_yet(county: County) -> None:
    async with unit_of_work(county.scope, "test") as session:
        account = await add_account(session, "coming")
        begins = date.today() + timedelta(days=30)
        await hold_post(session, county.posts["officer2"], account.id, begins)
    county.accounts["coming"] = account.id
    assert (await county.principal("coming")).post_ids == ()
    async with reading(county.scope) as session:
        assert await holders(session, county.posts["officer2"]) == [county.accounts["officer2"]]


async def test_the_viewer_is_told_who_and_where(county: County) -> None:
    document = """{ viewer { id tenant { name level status } posts(first: 5) { totalCount nodes {
      title role unit { code parent { code } posts(first: 5) { totalCount } } } } }
      tenant { publicCode units(first: 9) { totalCount } grids(first: 9) { totalCount }
        institutions(first: 9) { totalCount } }
      units(first: 9) { totalCount nodes { code children(first: 9) { nodes { code } } } } }"""
    answer = await data(county.token("officer1"), document)
    assert answer["viewer"].pop("id")
    assert answer == {
        "viewer": {
            "tenant": {"name": "蒲城县", "level": "COUNTY", "status": "ACTIVE"},
            "posts": {
                "totalCount": 1,
                "nodes": [
                    {
                        "title": "第一网格员",
                        "role": "GRID_OFFICER",
                        "unit": {"code": "school1", "parent": None, "posts": {"totalCount": 1}},
                    }
                ],
            },
        },
        "tenant": {
            "publicCode": "pucheng",
            "units": {"totalCount": 1},
            "grids": {"totalCount": 1},
            "institutions": {"totalCount": 0},
        },
        "units": {"totalCount": 1, "nodes": [{"code": "school1", "children": {"nodes": []}}]},
    }


async def test_a_supervisor_reads_across_counties_as_itself(
    county: County, other_county: County
) -> None:
    del county, other_county
    token = tokens.issue(tokens.Identity(*await open_supervisor()))
    document = """{ viewer { tenant { name } posts(first: 5) { nodes { role tenant { name } } } }
      units(first: 100) { totalCount nodes { tenant { name } } }
      grids(first: 100) { totalCount } }"""
    answer = await data(token, document)
    assert answer["viewer"] == {
        "tenant": {"name": "陕西省"},
        "posts": {"nodes": [{"role": "PROVINCIAL_SUPERVISOR", "tenant": {"name": "陕西省"}}]},
    }
    assert (answer["units"]["totalCount"], answer["grids"]["totalCount"]) == (11, 8)
    names = {node["tenant"]["name"] for node in answer["units"]["nodes"]}
    assert names == {"陕西省", "蒲城县", "定边县"}


async def test_nobody_without_a_token_is_a_viewer(county: County) -> None:
    del county
    assert await data(None, "{ viewer { id } tenant { name } }") == {
        "viewer": None,
        "tenant": None,
    }
