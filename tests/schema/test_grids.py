"""Grids through the API."""

from typing import Any
from uuid import uuid4

from infra.ids import encode_id
from tests.harness.county import County
from tests.schema.asking import ask, data

GRIDS = """{ grids(first: 50) { totalCount nodes { code kind parent { code } reportsTo { code }
  officerCount isUnderstaffed officers(first: 5) { totalCount nodes { title role unit { code } } }
  territories(first: 5) { totalCount nodes { kind code name validTo grid { code } } }
  institutions(first: 5) { totalCount nodes { name } } } } }"""
ASSIGN = """mutation($input: GridTerritoryAssignInput!) { gridTerritoryAssign(input: $input) {
  territory { kind code name validFrom grid { code } } userErrors { field code } } }"""
APPOINT = """mutation($input: GridOfficerAppointInput!) { gridOfficerAppoint(input: $input) {
  post { title role } grid { officerCount isUnderstaffed } userErrors { field code message } } }"""


def _grid(county: County, unit: str) -> str:
    return encode_id("Grid", county.number, county.units[unit])


async def test_grids_are_the_units_below_the_bureau(county: County) -> None:
    grids = (await data(county.token("leader"), GRIDS))["grids"]
    assert grids["totalCount"] == 4
    assert [node["code"] for node in grids["nodes"]] == ["area1", "area2", "school1", "school2"]
    area, _, school, _ = grids["nodes"]
    assert area["parent"] == area["reportsTo"] == {"code": "bureau"}
    assert (area["officerCount"], area["isUnderstaffed"]) == (0, True)
    assert (school["officerCount"], school["isUnderstaffed"]) == (1, False)
    assert school["officers"] == {
        "totalCount": 1,
        "nodes": [{"title": "第一网格员", "role": "GRID_OFFICER", "unit": {"code": "school1"}}],
    }


async def test_an_officer_sees_the_own_grid_only(county: County) -> None:
    token = county.token("officer1")
    grids = (await data(token, GRIDS))["grids"]
    assert [node["code"] for node in grids["nodes"]] == ["school1"]
    assert grids["totalCount"] == 1
    assert grids["nodes"][0]["parent"] is None
    one = "query($id: ID!) { grid(id: $id) { code } }"
    assert await data(token, one, id=_grid(county, "school2")) == {"grid": None}
    assert await data(token, one, id=_grid(county, "bureau")) == {"grid": None}


async def test_a_territory_is_assigned_and_shown(county: County) -> None:
    token = county.token("county_officer")
    command = {
        "unitId": _grid(county, "area1"),
        "kind": "DIVISION",
        "code": "610526001000",
        "name": "城关街道",
        "validFrom": "2025-01-01",
    }
    made = (await data(token, ASSIGN, input=command))["gridTerritoryAssign"]
    assert made["territory"] == {
        "kind": "DIVISION",
        "code": "610526001",
        "name": "城关街道",
        "validFrom": "2025-01-01",
        "grid": {"code": "area1"},
    }
    again = (await data(token, ASSIGN, input=command))["gridTerritoryAssign"]
    assert again["territory"] is None
    assert again["userErrors"] == [{"field": ["input", "code"], "code": "TERRITORY_TAKEN"}]
    grids = (await data(token, GRIDS))["grids"]["nodes"]
    assert [node["territories"]["totalCount"] for node in grids] == [1, 0, 0, 0]


async def test_foreign_grids_and_bureaus_are_not_found(
    county: County, other_county: County
) -> None:
    token = county.token("county_officer")
    for unit in (_grid(other_county, "area1"), _grid(county, "bureau"), "x"):
        command = {"unitId": unit, "kind": "SCHOOL_ZONE", "code": "zone-1", "name": "一学区"}
        made = (await data(token, ASSIGN, input=command))["gridTerritoryAssign"]
        assert made["userErrors"] == [{"field": ["input", "unitId"], "code": "NOT_FOUND"}]


async def _appoint(token: str, command: dict[str, str]) -> Any:
    return await data(token, APPOINT, input=command | {"idempotencyKey": str(uuid4())})


async def test_a_fourth_officer_is_refused_with_the_clause(county: County) -> None:
    token = county.token("county_officer")
    command = {"unitId": _grid(county, "area1"), "title": "片区网格员"}
    for count in (1, 2, 3):
        made = (await _appoint(token, command))["gridOfficerAppoint"]
        assert made["grid"] == {"officerCount": count, "isUnderstaffed": False}
        assert made["post"] == {"title": "片区网格员", "role": "GRID_OFFICER"}
    refused = (await _appoint(token, command))["gridOfficerAppoint"]
    assert refused["post"] is refused["grid"] is None
    (error,) = refused["userErrors"]
    assert (error["field"], error["code"]) == (["input", "unitId"], "OFFICERS_ABOVE_MAX")
    assert "1-3名" in error["message"]


async def test_dates_outside_the_calendar_are_located(county: County) -> None:
    command = {
        "unitId": _grid(county, "area1"),
        "title": "片区网格员",
        "validFrom": "2026-02-30",
        "idempotencyKey": str(uuid4()),
    }
    answer = await ask(county.token("county_officer"), APPOINT, input=command)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
