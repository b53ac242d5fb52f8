"""The session door: every statement runs inside a scope, every change ends with an audit link."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from infra.clock import SHANGHAI
from infra.database.engine import dispose, engine
from infra.database.roles import Role
from tenants import audit
from tenants.scope import Scope

_MARK = "wangge.scope"
_OPENING = "wangge_opening"


class ContextMissing(RuntimeError):
    """A statement reached the database outside a unit of work."""


def _refuse_without_context(
    connection: Connection,
    _cursor: DBAPICursor,
    _statement: str,
    _parameters: object,
    context: Any,
    _many: bool,
) -> None:
    if context is not None and context.execution_options.get(_OPENING):
        return
    if _MARK not in connection.info:
        raise ContextMissing("open a unit_of_work(scope) or reading(scope) first")


def _forget(connection: Connection) -> None:
    # A lost connection takes its mark along, and asking for it would hide why it was lost.
    if not connection.invalidated:
        connection.info.pop(_MARK, None)


def guarded(scope: Scope) -> AsyncEngine:
    """The engine of the scope's role, with the hook that refuses statements without context."""
    found = engine(scope.role)
    if not event.contains(found.sync_engine, "before_cursor_execute", _refuse_without_context):
        event.listen(found.sync_engine, "before_cursor_execute", _refuse_without_context)
        event.listen(found.sync_engine, "commit", _forget)
        event.listen(found.sync_engine, "rollback", _forget)
    return found


def system_tables() -> AsyncEngine:
    """The scheduler's engine for statements without context: its policies read no setting."""
    return engine(Role.SCHEDULER).execution_options(**{_OPENING: True})


def _note_subjects(session: Session, _flush: object) -> None:
    touched = session.info.setdefault("subjects", [])
    for row in [*session.new, *session.dirty, *session.deleted]:
        table = type(row).__tablename__
        touched.append(f"{table}:{getattr(row, 'id', '')}")


async def enter(session: AsyncSession, scope: Scope) -> None:
    """Set the transaction's context; `app.now` is database time plus the shift row."""
    connection = await session.connection()
    parts = [f"set_config('{name}', :v{i}, true)" for i, name in enumerate(scope.settings())]
    shifted = "now() + coalesce((SELECT shift FROM clock_shift), '0')"
    parts.append(f"set_config('app.now', ({shifted})::text, true), {shifted}")
    values = {f"v{i}": value for i, value in enumerate(scope.settings().values())}
    statement = text("SELECT " + ", ".join(parts)).execution_options(**{_OPENING: True})
    session.info["now"] = (await connection.execute(statement, values)).one()[-1]
    raw = connection.sync_connection
    assert raw is not None  # noqa: S101 - an open AsyncConnection always has one
    raw.info[_MARK] = scope


def scope_of(session: AsyncSession) -> Scope:
    """The scope a session was opened under."""
    return cast(Scope, session.info["scope"])


def now_of(session: AsyncSession) -> datetime:
    """The instant of the unit of work, by the clock of its database (aware)."""
    return cast(datetime, session.info["now"])


def today_of(session: AsyncSession) -> date:
    """The day of the unit of work in legal time."""
    return now_of(session).astimezone(SHANGHAI).date()


@asynccontextmanager
async def reading(scope: Scope) -> AsyncIterator[AsyncSession]:
    """A session that is always rolled back."""
    async with AsyncSession(guarded(scope), expire_on_commit=False) as session:
        session.info["scope"] = scope
        await enter(session, scope)
        try:
            yield session
        finally:
            await session.rollback()


@asynccontextmanager
async def unit_of_work(scope: Scope, action: str) -> AsyncIterator[AsyncSession]:
    """One transaction: commits at the end, or nothing of it happened.

    If rows were changed through the session (or `session.info["subjects"]` was filled by a
    set-based command) the tenant's audit chain gets its link as the last statement.
    """
    async with AsyncSession(guarded(scope), expire_on_commit=False) as session:
        session.info["scope"] = scope
        session.info["subjects"] = []
        event.listen(session.sync_session, "after_flush", _note_subjects)
        await enter(session, scope)
        try:
            yield session
            await session.flush()
            subjects = session.info["subjects"]
            if subjects and scope.tenant_id is not None:
                await audit.append(
                    session,
                    scope.tenant_id,
                    str(scope.account_id or scope.kind),
                    action,
                    ",".join(dict.fromkeys(subjects)),
                )
            await session.commit()
        except BaseException:
            await session.rollback()
            raise


async def close_connections() -> None:
    """Close what the running event loop opened; composition roots call it when they stop."""
    await dispose()
