"""Self-examination of a deployment: what must hold, tried and told."""

import asyncio
import importlib
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.broker import ping
from infra.database.base import Base, Kind
from infra.database.engine import engine
from infra.database.migrate import head_is_applied
from infra.database.roles import PROCESS_ROLES, Role
from infra.gateways import bank
from infra.ids import new_id
from infra.settings import settings

FREE_DISK_BYTES = 1 << 30
_ROLES_PER_PROCESS = {"web": 3, "worker": 1, "scheduler": 1}


@dataclass(frozen=True)
class Finding:
    """One examined point."""

    name: str
    ok: bool
    detail: str


async def _roles(connection: AsyncConnection) -> Finding:
    rows = await connection.execute(
        text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'wangge%'")
    )
    known = {row.rolname: row.rolsuper or row.rolbypassrls for row in rows}
    missing = [role for role in Role if role not in known]
    mighty = [role for role in PROCESS_ROLES if known.get(role)]
    return Finding("roles", not missing and not mighty, f"missing {missing}, too mighty {mighty}")


async def _row_security(connection: AsyncConnection) -> Finding:
    guarded = await connection.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
        )
    )
    found = set(guarded)
    wanted = {
        table.name
        for table in Base.metadata.sorted_tables
        if table.info.get("kind") in (Kind.TENANT, Kind.SYSTEM)
    }
    return Finding("row security", wanted <= found, f"{len(found)} guarded; open: {wanted - found}")


async def _strict(_connection: AsyncConnection) -> Finding:
    """A statement without context must raise as the api role, not answer with nothing."""
    try:
        async with engine(Role.API).connect() as bare:
            await bare.execute(text("SELECT count(*) FROM unit"))
    except Exception as error:
        cause = getattr(error, "orig", error)
        return Finding("strict context", "app.tenant_id" in str(cause), type(error).__name__)
    return Finding("strict context", False, "a statement without context was answered")


async def _migrations(_connection: AsyncConnection) -> Finding:
    async with engine(Role.API).connect() as process:
        applied = await head_is_applied(process)
    return Finding("migrations", applied, "at head" if applied else "behind: wangge migrate")


async def _broker(_connection: AsyncConnection) -> Finding:
    try:
        await asyncio.wait_for(asyncio.to_thread(ping), 5)
    except Exception as error:
        return Finding("broker", False, type(error).__name__)
    return Finding("broker", True, (settings().broker_url or "").split("://")[0])


async def _clock(connection: AsyncConnection) -> Finding:
    row = (await connection.execute(text("SELECT shift, is_demo FROM clock_shift"))).one_or_none()
    if row is None:
        return Finding("clock", False, "no shift row: wangge run makes it")
    held = row.is_demo or not row.shift
    return Finding("clock", held, f"shift {row.shift}, {'demo' if row.is_demo else 'production'}")


async def _connections(connection: AsyncConnection) -> Finding:
    current = settings()
    processes = {"web": 1, "worker": current.worker_processes, "scheduler": 1}
    # Web holds an engine and a raw pool for each of its roles.
    budget = sum(
        current.pool_size * _ROLES_PER_PROCESS[name] * count * (2 if name == "web" else 1)
        for name, count in processes.items()
    )
    limit = int(await connection.scalar(text("SHOW max_connections")) or 0)
    return Finding("connections", budget < limit, f"at most {budget} of {limit}")


async def _deliveries(connection: AsyncConnection) -> Finding:
    query = text("SELECT count(*) FROM delivery WHERE failed_at IS NOT NULL")
    count = int(await connection.scalar(query) or 0)
    hint = "; wangge deliveries lists them" if count else ""
    return Finding("deliveries", count == 0, f"{count} set aside{hint}")


async def _bank(_connection: AsyncConnection) -> Finding:
    """The bank is asked about an instruction that nobody gave, which changes nothing."""
    if settings().bank_url is None:
        return Finding("bank", False, "WANGGE_BANK_URL is not set: nothing is paid")
    try:
        status = await asyncio.wait_for(bank.gateway().query(new_id()), 5)
    except (bank.BankUnanswered, TimeoutError) as error:
        return Finding("bank", False, type(error).__name__)
    is_sound = status.state is bank.BankState.ABSENT
    return Finding("bank", is_sound, f"an unknown instruction is {status.state}")


async def _disk(_connection: AsyncConnection) -> Finding:
    free = shutil.disk_usage(settings().data_dir).free
    return Finding("disk", free > FREE_DISK_BYTES, f"{free >> 20} MiB free")


_POINTS: tuple[Callable[[AsyncConnection], Awaitable[Finding]], ...] = (
    _roles,
    _row_security,
    _strict,
    _migrations,
    _broker,
    _clock,
    _connections,
    _deliveries,
    _bank,
    _disk,
)


async def examine() -> list[Finding]:
    """Every finding, in order; a database that cannot be reached is the only one then."""
    importlib.import_module("services.models")
    try:
        async with engine(Role.MIGRATOR).connect() as connection:
            return [await point(connection) for point in _POINTS]
    except (OSError, asyncpg.PostgresError) as error:
        return [Finding("database", False, type(error).__name__)]
