"""Numbers come in blocks, whatever the shape of the administration."""

import pytest

from services.demo.places import TENANTS
from tenants.models import Level
from tenants.numbers import LAST, block, tenant_number, zone_number


def within(number: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= number <= bounds[1]


def test_a_county_lies_in_its_city_and_province() -> None:
    county = tenant_number("610526")
    assert county == 61052600
    assert within(county, block(Level.CITY, tenant_number("610500")))
    assert within(county, block(Level.PROVINCE, tenant_number("610000")))
    assert within(county, block(Level.NATIONAL, 0))
    assert not within(county, block(Level.PROVINCE, tenant_number("500000")))


def test_a_municipality_needs_no_city_level() -> None:
    chongqing = block(Level.PROVINCE, tenant_number("500000"))
    assert within(tenant_number("500118"), chongqing)


def test_a_zone_without_a_code_lies_in_the_body_above_and_in_no_county() -> None:
    zones = [zone_number("500000", serial) for serial in (1, 2)]
    assert all(within(zone, block(Level.PROVINCE, 50000000)) for zone in zones)
    counties = [block(Level.COUNTY, tenant_number(code)) for code in ("500118", "500116")]
    assert not any(within(zone, county) for zone in zones for county in counties)
    assert len({*zones, 50000000}) == 3


@pytest.mark.parametrize("code", ["61052", "6105260", "０10526", "abcdef", "010526", ""])
def test_other_forms_are_refused(code: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        tenant_number(code)


def test_wrong_blocks_and_serials_are_refused() -> None:
    with pytest.raises(ValueError, match="begin a block"):
        block(Level.CITY, 61052600)
    with pytest.raises(ValueError, match="1 to 99"):
        zone_number("500000", 100)
    assert block(Level.NATIONAL, 0)[1] == LAST


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (Level.NATIONAL, 61000000),
        (Level.PROVINCE, 0),
        (Level.PROVINCE, 61050000),
        (Level.CITY, 61000000),
        (Level.COUNTY, 61050000),
        (Level.COUNTY, 61052601),
        (Level.FUNCTIONAL_ZONE, 61052600),
        (Level.FUNCTIONAL_ZONE, -1),
        (Level.COUNTY, 100_000_100),
    ],
)
def test_a_number_begins_blocks_of_one_level_only(level: Level, number: int) -> None:
    with pytest.raises(ValueError, match="does not begin"):
        block(level, number)


def test_the_demo_uses_the_blocks() -> None:
    for tenant in TENANTS:
        assert (tenant.number, tenant.hi) == block(tenant.level, tenant.number)
