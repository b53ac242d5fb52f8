"""Making what migrations need: the login roles with their passwords, and a database."""

import os
import secrets
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from infra.database.roles import NOBODY, Role
from infra.settings import settings

_ATTRIBUTES = {
    **dict.fromkeys(NOBODY, "NOLOGIN NOBYPASSRLS"),
    Role.MIGRATOR: "LOGIN BYPASSRLS",
    Role.BACKUP: "LOGIN BYPASSRLS",
}


def _password(folder: Path, role: Role) -> str:
    """The role's password, made once, in a file only we can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / role.value
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def _admin(url: str) -> AsyncEngine:
    return create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=1)


async def ensure_roles(admin_url: str, keys: Path) -> None:
    """Create or correct every role of ours; never more attributes than listed here."""
    admin = _admin(admin_url)
    try:
        async with admin.connect() as connection:
            known = set(await connection.scalars(text("SELECT rolname FROM pg_roles")))
            for role in Role:
                verb = "ALTER" if role in known else "CREATE"
                attributes = _ATTRIBUTES.get(role, "LOGIN NOBYPASSRLS")
                secret = ""
                if role not in NOBODY:
                    # token_urlsafe has no quote to escape.
                    secret = f" PASSWORD '{_password(keys / 'roles', role)}'"
                await connection.execute(
                    text(
                        f"{verb} ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
                        f" NOINHERIT {attributes}{secret}"
                    )
                )
            await connection.execute(text(f"GRANT {Role.OWNER} TO {Role.MIGRATOR}"))
            # So that a migration can give it functions.
            await connection.execute(text(f"GRANT {Role.LEDGER} TO {Role.OWNER}"))
            await _configure(connection)
    finally:
        await admin.dispose()


async def _configure(connection: AsyncConnection) -> None:
    """Session settings by role, because poolers refuse unknown start-up parameters."""
    limit = settings().statement_timeout_ms
    for role in (Role.API, Role.SUPERVISOR, Role.PUBLIC, Role.WORKER, Role.SCHEDULER):
        await connection.execute(text(f"ALTER ROLE {role} SET statement_timeout = {limit}"))
        await connection.execute(
            text(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '60s'")
        )
    for role in (Role.API, Role.SUPERVISOR, Role.PUBLIC):
        # A compiled read is planned once per connection: planning its many sub-selects anew for
        # each request took as long as running them, and longer under row security.
        await connection.execute(
            text(f"ALTER ROLE {role} SET plan_cache_mode = force_generic_plan")
        )
    for role in Role:
        if role not in NOBODY:
            await connection.execute(text(f"ALTER ROLE {role} SET timezone = 'UTC'"))


async def ensure_database(admin_url: str, name: str) -> str:
    """Create a database owned by the owner role; returns its address without credentials."""
    admin = _admin(admin_url)
    try:
        async with admin.connect() as connection:
            known = await connection.scalar(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
            )
            if not known:
                await connection.execute(text(f'CREATE DATABASE "{name}" OWNER {Role.OWNER}'))
            everybody = ", ".join(role for role in Role if role not in NOBODY)
            await connection.execute(text(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'))
            await connection.execute(text(f'GRANT CONNECT ON DATABASE "{name}" TO {everybody}'))
    finally:
        await admin.dispose()
    inside = _admin(make_url(admin_url).set(database=name).render_as_string(hide_password=False))
    try:
        async with inside.connect() as connection:
            await connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
            await connection.execute(text(f"ALTER SCHEMA public OWNER TO {Role.OWNER}"))
    finally:
        await inside.dispose()
    return (
        make_url(admin_url)._replace(database=name, username=None, password=None).render_as_string()
    )
