"""Backup and restore under their own role, with a drill that counts every table's rows."""

import asyncio
import json
import os
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infra.database.engine import engine, role_url
from infra.database.provision import ensure_database
from infra.database.roles import Role
from infra.embedded.postgres import EmbeddedPostgres, find_binaries
from infra.settings import settings


def _environment(url: URL) -> dict[str, str]:
    """libpq's variables; a password never stands in a command line."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PGHOST": str(url.query.get("host", url.host or "")),
        "PGPORT": str(url.query.get("port", url.port or 5432)),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }


async def _tool(name: str, arguments: list[str], url: URL) -> None:
    process = await asyncio.create_subprocess_exec(
        str(find_binaries() / name),
        *arguments,
        env=_environment(url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{name} failed: {complaint.decode(errors='replace').strip()}")


async def backup(target: Path) -> None:
    """Dump all rows into `target` (custom format, 0600), and what was counted in `target`.rows.

    Both see one snapshot, so a restore can be compared whatever happened since. Raises
    RuntimeError, FileExistsError.
    """
    for path in (target, _rows_of(target)):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    async with engine(Role.BACKUP).connect() as reading:
        reading = await reading.execution_options(isolation_level="REPEATABLE READ")
        snapshot = await reading.scalar(text("SELECT pg_export_snapshot()"))
        arguments = ["--format=custom", f"--snapshot={snapshot}", "--file", str(target)]
        await _tool("pg_dump", arguments, role_url(Role.BACKUP))
        _rows_of(target).write_text(json.dumps(await _count(reading)))


def _rows_of(dump: Path) -> Path:
    return dump.with_name(dump.name + ".rows")


async def _count(connection: AsyncConnection) -> dict[str, int]:
    names = await connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    )
    return {
        name: int(await connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0)  # noqa: S608
        for name in list(names)
    }


async def restore(source: Path, into: str) -> dict[str, tuple[int, int]]:
    """Restore into a new database; rows per table when it was dumped, and as restored.

    Under FORCE row security an owner's dump is silently empty, which is why rows are counted.
    """
    admin_url = settings().admin_url or _embedded_admin()
    await ensure_database(admin_url, into)
    admin = create_async_engine(admin_url).url.set(database=into)
    await _tool(
        "pg_restore",
        ["--exit-on-error", "--no-comments", "--dbname", into, str(source)],
        admin,
    )
    before: dict[str, int] = json.loads(_rows_of(source).read_text())
    restored = create_async_engine(role_url(Role.BACKUP).set(database=into))
    try:
        async with restored.connect() as copy:
            after = await _count(copy)
    finally:
        await restored.dispose()
    return {name: (before.get(name, 0), after.get(name, 0)) for name in {*before, *after}}


def _embedded_admin() -> str:
    return EmbeddedPostgres(settings().data_dir.absolute() / "postgres").admin_url
