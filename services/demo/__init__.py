"""The demonstration: the source documents' places, filled through service functions alone."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from services.demo import money
from services.demo.figures import figures
from services.demo.places import TENANTS, InstitutionSeed, TenantSeed, institutions
from services.grids.models import TerritoryKind
from services.grids.policies import OFFICERS_MAX
from services.grids.service import (
    AppointGridOfficer,
    AssignTerritory,
    appoint_grid_officer,
    assign_territory,
)
from services.institutions.models import Institution
from services.institutions.service import RegisterInstitution, register_institution
from services.metrics.service import ImportFigure, import_figures
from tenants import policies, principal
from tenants.access import RoleCode
from tenants.models import Level, Tenant
from tenants.organisation import AddUnit, add_account, add_post, add_unit, hold_post
from tenants.provisioning import OpenTenant, open_tenant
from tenants.scope import Scope
from tenants.session import reading, unit_of_work

SINCE = date(2022, 5, 16)
"""The day of the Pucheng measures (S0)."""

STAFF = (
    ("clue_officer", "线索专人", RoleCode.CLUE_OFFICER),
    ("county_officer", "监管科干事", RoleCode.COUNTY_OFFICER),
    ("leader", "分管领导", RoleCode.BUREAU_LEADER),
    ("second_officer", "监管科第二干事", RoleCode.COUNTY_OFFICER),
    ("finance", "财务发奖岗", RoleCode.FINANCE_OFFICER),
    ("fund_supervisor", "教委监督岗", RoleCode.FUND_SUPERVISOR),
    ("operator", "机构经办", RoleCode.INSTITUTION_OPERATOR),
    ("guardian", "家长", RoleCode.GUARDIAN),
    ("admin", "系统管理员", RoleCode.TENANT_ADMIN),
)

ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("pucheng/clue_officer", "蒲城县 线索专人"),
    ("pucheng/county_officer", "蒲城县 监管科干事"),
    ("pucheng/sunzhen-1", "蒲城县 孙镇片区网格员"),
    ("pucheng/hanjing-1", "蒲城县 罕井片区网格员"),
    ("yongchuan/clue_officer", "永川区 线索专人"),
    ("yongchuan/leader", "永川区 分管领导"),
    ("yongchuan/finance", "永川区 财务发奖岗"),
    ("yongchuan/fund_supervisor", "永川区 教委监督岗"),
    ("yongchuan/operator", "永川区 机构经办"),
    ("yongchuan/guardian", "永川区 家长"),
    ("shaanxi/supervisor", "陕西省 监管岗"),
    ("chongqing/supervisor", "重庆市 监管岗"),
)
"""What the panel of `make run` shows: account and what it is."""


async def is_loaded() -> bool:
    """Whether any tenant was opened here."""
    async with reading(Scope.county(0)) as session:
        return bool(await session.scalar(select(func.count()).select_from(Tenant)))


async def load(progress: Callable[[int, int], None], *, seed: int = 1, size: int = 60) -> None:
    """Open the demo tenants and fill them; `size` institutions in each county that registers.

    `progress(done, total)` counts tenants and institutions.
    """
    total = len(TENANTS) + size * sum(tenant.registers for tenant in TENANTS)
    done = 0
    for tenant in TENANTS:
        await open_tenant(
            OpenTenant(
                tenant.number,
                tenant.hi,
                tenant.name,
                tenant.level,
                tenant.public_code,
                tenant.parent,
                tenant.division_code,
            )
        )
        units, staff = await _organise(tenant)
        await _publish(tenant)
        done += 1
        progress(done, total)
        if "county_officer" not in staff:
            continue
        officer = await principal.load(tenant.number, staff["county_officer"])
        if officer is None:
            raise RuntimeError(f"{tenant.public_code}: the county officer holds no post")
        await _staff_grids(tenant, officer, units)
        rows: list[Institution] = []
        if tenant.registers:
            for batch in _batches(list(institutions(seed, tenant, size))):
                async with unit_of_work(officer.scope, "demo.institutions") as session:
                    for row in batch:
                        command = RegisterInstitution(
                            row.uscc, row.name, row.category, units[row.unit]
                        )
                        rows.append(await register_institution(session, officer, command))
                done += len(batch)
                progress(done, total)
            await money.furnish(tenant, staff, rows)


async def _organise(tenant: TenantSeed) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Units, and the staff's posts with their accounts; returns both by key."""
    units: dict[str, UUID] = {}
    staff: dict[str, UUID] = {}
    supervising = {
        Level.PROVINCE: ("supervisor", "省级监管岗", RoleCode.PROVINCIAL_SUPERVISOR),
    }.get(tenant.level)
    posts = (supervising,) if supervising else STAFF
    async with unit_of_work(Scope.county(tenant.number), "demo.organise") as session:
        for seed in tenant.units:
            unit = await add_unit(
                session,
                AddUnit(
                    seed.key,
                    seed.name,
                    seed.kind,
                    units.get(seed.parent or ""),
                    units.get(seed.reports_to or ""),
                ),
            )
            units[seed.key] = unit.id
        for login, title, role in posts:
            post = await add_post(session, units["bureau"], login, title, role)
            account = await add_account(session, login)
            await hold_post(session, post.id, account.id, SINCE)
            staff[login] = account.id
    return units, staff


async def _publish(tenant: TenantSeed) -> None:
    """The figures that the documents give for the place itself."""
    own = [figure for figure in figures() if figure.tenant_code == tenant.division_code]
    if not own:
        return
    async with unit_of_work(Scope.county(tenant.number), "demo.figures") as session:
        await import_figures(
            session,
            (
                ImportFigure(
                    f.metric, f.value, f.unit, f.at_least, f.document, f.quoted, f.note or None
                )
                for f in own
            ),
        )


async def _staff_grids(
    tenant: TenantSeed, officer: principal.Principal, units: dict[str, UUID]
) -> None:
    """Grid officers and territories."""
    async with unit_of_work(officer.scope, "demo.grids") as session:
        if tenant.officers_unbounded:
            await policies.set_value(session, OFFICERS_MAX, None, SINCE, "S2 黄山市 189名网格员")
        for seed in tenant.units:
            for number in range(1, seed.officers + 1):
                account = await add_account(session, f"{seed.key}-{number}")
                await appoint_grid_officer(
                    session,
                    officer,
                    AppointGridOfficer(
                        units[seed.key], f"{seed.name}网格员{number}", account.id, SINCE
                    ),
                )
            if seed.territory:
                zone = "-" in seed.territory
                kind = TerritoryKind.SCHOOL_ZONE if zone else TerritoryKind.DIVISION
                await assign_territory(
                    session,
                    officer,
                    AssignTerritory(units[seed.key], kind, seed.territory, seed.name, SINCE),
                )


def _batches(rows: list[InstitutionSeed]) -> list[list[InstitutionSeed]]:
    """One audit link for at most 100 rows."""
    return [rows[start : start + 100] for start in range(0, len(rows), 100)]
