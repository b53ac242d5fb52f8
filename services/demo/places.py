"""The places of the demonstration, transcribed from the source documents (see documents.csv).

Holders are post titles; schools, zones and institutions below the documents' level of detail
carry names that say they are made up for the demonstration (示范). Of 江津 the documents give
the 18 areas, not who cares for them: one officer each is made up, as are the officers of 永川's
zones and how many each unit of 蒲城 has within the documents' 1 to 3.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum.cn import uscc as _uscc

from services.institutions.models import InstitutionCategory
from tenants.models import Level, UnitKind


@dataclass(frozen=True)
class UnitSeed:
    """A unit of a demo tenant; keys are its codes."""

    key: str
    name: str
    kind: UnitKind
    parent: str | None = None
    reports_to: str | None = None
    officers: int = 0
    territory: str | None = None


@dataclass(frozen=True)
class TenantSeed:
    """A demo tenant with its block of numbers and its units."""

    number: int
    hi: int
    name: str
    level: Level
    public_code: str
    parent: int | None
    division_code: str | None
    units: tuple[UnitSeed, ...]
    registers: bool = False
    """Whether demo institutions are registered here; published totals are never spread."""
    officers_unbounded: bool = False
    rewards: bool = False
    """Whether it has a reward scheme and a budget."""
    supervises_all: bool = False
    """Whether every institution has a custody account, or the first one alone."""


_K = UnitKind


def _bureau(name: str, kind: UnitKind = UnitKind.COUNTY_BUREAU) -> UnitSeed:
    return UnitSeed("bureau", name, kind)


# S0: 城区片区 follows school districts; 孙镇, 党睦, 罕井, 兴镇 their own area; a primary school
# reports to its 中心校, a junior school to its 片区.
_PUCHENG_AREAS = (
    ("urban", "城区", "610526-z01"),
    ("sunzhen", "孙镇", "610526102"),
    ("dangmu", "党睦", "610526104"),
    ("hanjing", "罕井", "610526101"),
    ("xingzhen", "兴镇", "610526103"),
)


def _pucheng() -> Iterator[UnitSeed]:
    yield _bureau("蒲城县教育局")
    for key, name, territory in _PUCHENG_AREAS:
        yield UnitSeed(
            key, f"{name}片区", _K.DISTRICT_AREA, "bureau", officers=3, territory=territory
        )
        central = f"{key}-central"
        yield UnitSeed(central, f"{name}中心校", _K.CENTRAL_SCHOOL, key, officers=2)
        yield UnitSeed(
            f"{key}-junior", f"{name}示范初中", _K.JUNIOR_SCHOOL, key, reports_to=key, officers=1
        )
        yield UnitSeed(
            f"{key}-primary",
            f"{name}示范小学",
            _K.PRIMARY_SCHOOL,
            central,
            reports_to=central,
            officers=1,
        )


def _areas(
    bureau: str, count: int, word: str, kind: UnitKind, officers: int, zones: str | None = None
) -> Iterator[UnitSeed]:
    """Areas with officers; `zones` is the division whose school zones they are (示范)."""
    yield _bureau(bureau)
    for number in range(1, count + 1):
        yield UnitSeed(
            f"area{number:02}",
            f"第{number}{word}",
            kind,
            "bureau",
            officers=officers,
            territory=f"{zones}-z{number:02}" if zones else None,
        )


def _huangshan() -> Iterator[UnitSeed]:
    """S2: 36个网格片区, 189名网格员 — 9 areas with six officers, 27 with five."""
    yield _bureau("黄山市教育局", _K.CITY_OFFICE)
    for number in range(1, 37):
        yield UnitSeed(
            f"area{number:02}",
            f"第{number}网格片区",
            _K.COMMUNITY,
            "bureau",
            officers=6 if number <= 9 else 5,
        )


def _office(name: str) -> tuple[UnitSeed, ...]:
    return (_bureau(name, _K.PROVINCE_OFFICE),)


TENANTS: tuple[TenantSeed, ...] = (
    TenantSeed(61000000, 61999999, "陕西省", Level.PROVINCE, "shaanxi", None, "610000",
               _office("陕西省教育厅")),
    TenantSeed(50000000, 50999999, "重庆市", Level.PROVINCE, "chongqing", None, "500000",
               _office("重庆市教委")),
    TenantSeed(34000000, 34999999, "安徽省", Level.PROVINCE, "anhui", None, "340000",
               _office("安徽省教育厅")),
    TenantSeed(61052600, 61052699, "蒲城县", Level.COUNTY, "pucheng", 61000000, "610526",
               tuple(_pucheng()), registers=True),
    TenantSeed(50011800, 50011899, "永川区", Level.COUNTY, "yongchuan", 50000000, "500118",
               tuple(_areas("永川区教委", 4, "示范学区", _K.DISTRICT_AREA, 2, "500118")),
               registers=True, rewards=True),
    TenantSeed(50011600, 50011699, "江津区", Level.COUNTY, "jiangjin", 50000000, "500116",
               tuple(_areas("江津区教委", 18, "责任区域", _K.DISTRICT_AREA, 1)), registers=True,
               supervises_all=True),
    TenantSeed(34100000, 34109999, "黄山市", Level.CITY, "huangshan", 34000000, "341000",
               tuple(_huangshan()), officers_unbounded=True),
    # Places of which the documents give figures and no grid: an office that keeps them.
    TenantSeed(34010000, 34019999, "合肥市", Level.CITY, "hefei", 34000000, "340100",
               (_bureau("合肥市教育局", _K.CITY_OFFICE),)),
    TenantSeed(34030000, 34039999, "蚌埠市", Level.CITY, "bengbu", 34000000, "340300",
               (_bureau("蚌埠市教育局", _K.CITY_OFFICE),)),
    TenantSeed(50010600, 50010699, "沙坪坝区", Level.COUNTY, "shapingba", 50000000, "500106",
               (_bureau("沙坪坝区教委"),)),
    TenantSeed(50000001, 50000001, "两江新区", Level.FUNCTIONAL_ZONE, "liangjiang", 50000000,
               "500000-Z01", (_bureau("两江新区教育局"),)),
    TenantSeed(50000002, 50000002, "重庆高新区", Level.FUNCTIONAL_ZONE, "cq-gaoxin", 50000000,
               "500000-Z02", (_bureau("高新区公共服务局"),)),
    TenantSeed(61082500, 61082599, "定边县", Level.COUNTY, "dingbian", 61000000, "610825",
               (_bureau("定边县教体局"),)),
)  # fmt: skip

_WORDS = ("星海", "启明", "博雅", "青禾", "云帆", "晨曦", "知行", "乐学", "翰林", "小荷")
_KINDS = (
    ("艺术", InstitutionCategory.NON_SUBJECT_ARTS),
    ("体育", InstitutionCategory.NON_SUBJECT_SPORTS),
    ("科技", InstitutionCategory.NON_SUBJECT_SCIENCE),
    ("文化", InstitutionCategory.SUBJECT),
)


@dataclass(frozen=True)
class InstitutionSeed:
    """A made-up institution with a valid code."""

    name: str
    uscc: str
    category: InstitutionCategory
    unit: str


def institutions(seed: int, tenant: TenantSeed, count: int) -> Iterator[InstitutionSeed]:
    """`count` institutions of a tenant; the same seed gives the same ones."""
    chance = random.Random(f"{seed}:{tenant.number}")  # noqa: S311 - demo data, not secrets
    units = [unit.key for unit in tenant.units if unit.officers]
    for number in range(1, count + 1):
        word, (subject, category) = chance.choice(_WORDS), chance.choice(_KINDS)
        # The number makes the code unique in its tenant, whatever the chance.
        body = f"52{tenant.division_code}D{number:06}{chance.randrange(100):02}"
        yield InstitutionSeed(
            f"{tenant.name}{word}{subject}培训中心（示范{number}号）",
            body + _uscc.calc_check_digit(body),
            category,
            chance.choice(units),
        )
