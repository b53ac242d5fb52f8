"""A small county to test in: bureau, two areas with a school each, posts and accounts."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.engine import Role, engine
from tenants import principal
from tenants.access import RoleCode
from tenants.auth import tokens
from tenants.models import Account, Level, Tenant, UnitKind
from tenants.organisation import AddUnit, add_account, add_post, add_unit, hold_post
from tenants.principal import Principal
from tenants.provisioning import OpenTenant, open_tenant
from tenants.scope import Scope
from tenants.session import unit_of_work

SINCE = date(2020, 1, 1)
PROVINCE = OpenTenant(61000000, 61999999, "陕西省", Level.PROVINCE, "shaanxi", None, "610000")
_COUNTIES = {
    "a": OpenTenant(61052600, 61052699, "蒲城县", Level.COUNTY, "pucheng", 61000000, "610526"),
    "b": OpenTenant(61082500, 61082599, "定边县", Level.COUNTY, "dingbian", 61000000, "610825"),
}
CITY = OpenTenant(61050000, 61059999, "渭南市", Level.CITY, "weinan", 61000000, "610500")
_SUPERVISORS = {
    "province": (
        PROVINCE,
        UnitKind.PROVINCE_OFFICE,
        RoleCode.PROVINCIAL_SUPERVISOR,
        "省级监管岗",
    ),
    "city": (CITY, UnitKind.CITY_OFFICE, RoleCode.CITY_SUPERVISOR, "市级监管岗"),
}
_POSTS = (
    ("clue_officer", "bureau", RoleCode.CLUE_OFFICER, "线索专人"),
    ("county_officer", "bureau", RoleCode.COUNTY_OFFICER, "监管科干事"),
    ("leader", "bureau", RoleCode.BUREAU_LEADER, "分管领导"),
    ("second_officer", "bureau", RoleCode.COUNTY_OFFICER, "监管科第二干事"),
    ("finance", "bureau", RoleCode.FINANCE_OFFICER, "财务发奖岗"),
    ("fund_supervisor", "bureau", RoleCode.FUND_SUPERVISOR, "教委监督岗"),
    ("operator", "bureau", RoleCode.INSTITUTION_OPERATOR, "机构经办"),
    ("guardian", "bureau", RoleCode.GUARDIAN, "家长"),
    ("guardian2", "bureau", RoleCode.GUARDIAN, "另一家长"),
    ("admin", "bureau", RoleCode.TENANT_ADMIN, "系统管理员"),
    ("area_lead", "area1", RoleCode.AREA_LEAD, "第一片区负责人"),
    ("officer1", "school1", RoleCode.GRID_OFFICER, "第一网格员"),
    ("officer2", "school2", RoleCode.GRID_OFFICER, "第二网格员"),
)


@dataclass
class County:
    """Ids of what was opened, by short name."""

    number: int
    public_code: str
    units: dict[str, UUID]
    posts: dict[str, UUID]
    accounts: dict[str, UUID]

    async def principal(self, name: str) -> Principal:
        """The principal of an account as of now."""
        loaded = await principal.load(self.number, self.accounts[name])
        assert loaded is not None
        return loaded

    def token(self, name: str) -> str:
        """A bearer token of an account."""
        return tokens.issue(tokens.Identity(self.number, self.accounts[name]))

    @property
    def scope(self) -> Scope:
        """The whole county, as the role api."""
        return Scope.county(self.number)


async def open_county(which: str) -> County:
    """Open county `a` or `b` (and their province when it is missing)."""
    async with AsyncSession(engine(Role.MIGRATOR)) as session:
        known = await session.get(Tenant, PROVINCE.number)
    if known is None:
        await open_tenant(PROVINCE)
    command = _COUNTIES[which]
    await open_tenant(command)
    county = County(command.number, command.public_code, {}, {}, {})
    async with unit_of_work(Scope.county(command.number), "test.open") as session:
        for name, kind, parent in (
            ("bureau", UnitKind.COUNTY_BUREAU, None),
            ("area1", UnitKind.DISTRICT_AREA, "bureau"),
            ("area2", UnitKind.DISTRICT_AREA, "bureau"),
            ("school1", UnitKind.JUNIOR_SCHOOL, "area1"),
            ("school2", UnitKind.JUNIOR_SCHOOL, "area2"),
        ):
            unit = await add_unit(
                session,
                AddUnit(name, f"{command.name}{name}", kind, county.units.get(parent or "")),
            )
            county.units[name] = unit.id
        for name, unit_name, role, title in _POSTS:
            post = await add_post(session, county.units[unit_name], name, title, role)
            account = await add_account(session, name)
            await hold_post(session, post.id, account.id, SINCE)
            county.posts[name], county.accounts[name] = post.id, account.id
    return county


async def open_supervisor(level: str = "province") -> tuple[int, UUID]:
    """The account of the `province` or of the `city` that supervises; its tenant number and id.

    It is opened when there is none.
    """
    tenant, kind, role, title = _SUPERVISORS[level]
    async with AsyncSession(engine(Role.MIGRATOR)) as session:
        known = await session.scalar(
            select(Account.id).where(
                Account.tenant_id == tenant.number, Account.login == "supervisor"
            )
        )
    if known is not None:
        return tenant.number, known
    if level == "city":
        await open_tenant(tenant)
    async with unit_of_work(Scope.county(tenant.number), "test.open") as session:
        unit = await add_unit(session, AddUnit("office", f"{tenant.name}监管处", kind))
        post = await add_post(session, unit.id, "supervisor", title, role)
        account = await add_account(session, "supervisor")
        await hold_post(session, post.id, account.id, SINCE)
    return tenant.number, account.id
