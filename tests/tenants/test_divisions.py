"""Divisions: current codes, retired ones, and zones without a code."""

from collections import Counter
from datetime import date

import asyncpg

from services.demo.places import TENANTS
from tenants.divisions import division_on, divisions
from tenants.models import Level

TODAY = date(2026, 1, 1)
WRITTEN = date(2022, 8, 25)
"""The day of S3, when 两江新区 was a zone."""


def test_the_table_is_whole() -> None:
    table = divisions()
    by_level = {level: sum(d.level is level for d in table) for level in Level}
    assert by_level[Level.PROVINCE] == 34
    assert by_level[Level.CITY] > 330
    assert by_level[Level.COUNTY] > 2_800
    codes = {d.code for d in table}
    assert all(d.parent_code in codes for d in table if d.level is not Level.PROVINCE)


def test_codes_mean_what_they_meant_on_a_day() -> None:
    assert division_on("610526", TODAY).name == "蒲城县"  # type: ignore[union-attr]
    assert division_on("110103", date(2010, 6, 30)).new_code == "110101"  # type: ignore[union-attr]
    assert division_on("110103", date(2010, 7, 1)) is None
    assert division_on("999999", TODAY) is None


def test_a_municipalitys_district_hangs_on_the_municipality() -> None:
    assert division_on("500118", TODAY).parent_code == "500000"  # type: ignore[union-attr]


def test_a_zone_has_a_key_of_its_own() -> None:
    zone = division_on("500000-Z02", TODAY)
    assert zone is not None
    assert (zone.level, zone.parent_code) == (Level.FUNCTIONAL_ZONE, "500000")


def test_a_zone_that_became_a_district_is_one_or_the_other_on_any_day() -> None:
    last, first = date(2025, 11, 5), date(2025, 11, 6)
    assert division_on("500000-Z01", last).new_code == "500157"  # type: ignore[union-attr]
    assert division_on("500157", last) is None
    assert division_on("500000-Z01", first) is None
    assert division_on("500157", first).level is Level.COUNTY  # type: ignore[union-attr]


def test_no_two_divisions_of_a_parent_share_a_name_today() -> None:
    here = [d for d in divisions() if division_on(d.code, TODAY) is d]
    assert max(Counter((d.parent_code, d.name) for d in here).values()) == 1


def test_demo_tenants_are_real_places() -> None:
    for tenant in TENANTS:
        assert tenant.division_code is not None
        found = division_on(tenant.division_code, WRITTEN)
        assert found is not None and found.name == tenant.name


async def test_migrating_loads_them(admin: asyncpg.Connection) -> None:
    assert await admin.fetchval("SELECT count(*) FROM division") == len(divisions())
