"""Events carry ids and codes only, and come back as they went."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra.outbox import Event, NotAnEvent, publish
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import County


@dataclass(frozen=True)
class KettleBoiled(Event):
    """An event that only these tests know."""

    kind: ClassVar[str] = "test.kettle_boiled"
    kettle_id: UUID
    state: str
    times: int
    former_id: UUID | None = None


_ASCII = st.characters(codec="ascii")
"""Without it a table of all of Unicode is made first: slower than the library's patience."""


@given(
    kettle=st.uuids(),
    state=st.from_regex(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}", fullmatch=True, alphabet=_ASCII),
    times=st.integers(-(2**31) + 1, 2**31 - 1),
    former=st.none() | st.uuids(),
)
def test_an_event_comes_back_as_it_went(
    kettle: UUID, state: str, times: int, former: UUID | None
) -> None:
    event = KettleBoiled(7, kettle, state, times, former)
    assert KettleBoiled.from_payload(7, event.payload()) == event


@pytest.mark.parametrize(
    "value",
    ["", "家长举报", "13800138000", "two words", "x" * 65, 1.5, b"x", {"a": 1}, 13800138000],
)
def test_free_text_and_numbers_of_people_are_refused(value: Any) -> None:
    with pytest.raises(NotAnEvent) as refused:
        KettleBoiled(7, uuid4(), value, 1).payload()
    assert value in ("", 1.5, {"a": 1}) or str(value) not in str(refused.value)


def test_fields_of_newer_code_are_left_out() -> None:
    event = KettleBoiled(7, uuid4(), "HOT", 1)
    assert KettleBoiled.from_payload(7, event.payload() | {"steam": 1}) == event


def test_two_events_of_one_kind_are_refused() -> None:
    with pytest.raises(NotAnEvent):
        type("Other", (Event,), {"kind": "test.kettle_boiled", "__qualname__": "Other"})


@pytest.mark.parametrize("scope", ["county", "system", "public"])
async def test_every_role_that_writes_may_publish(
    county: County, admin: asyncpg.Connection, scope: str
) -> None:
    async with unit_of_work(getattr(Scope, scope)(county.number), "test") as session:
        event_id = await publish(session, KettleBoiled(county.number, uuid4(), "HOT", 1))
    row = await admin.fetchrow("SELECT tenant_id, seq, kind FROM event WHERE id = $1", event_id)
    assert tuple(row) == (county.number, None, "test.kettle_boiled")


async def test_an_undone_change_publishes_nothing(
    county: County, admin: asyncpg.Connection
) -> None:
    async def change_and_fail() -> None:
        async with unit_of_work(county.scope, "test") as session:
            await publish(session, KettleBoiled(county.number, uuid4(), "HOT", 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    assert await admin.fetchval("SELECT count(*) FROM event") == 0


async def test_another_tenants_event_is_refused(county: County, other_county: County) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with unit_of_work(county.scope, "test") as session:
            await publish(session, KettleBoiled(other_county.number, uuid4(), "HOT", 1))


@pytest.mark.parametrize("change", ["UPDATE event SET seq = 1", "DELETE FROM event"])
async def test_events_are_append_only_for_tenant_roles(county: County, change: str) -> None:
    async with unit_of_work(county.scope, "test") as session:
        await publish(session, KettleBoiled(county.number, uuid4(), "HOT", 1))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with unit_of_work(county.scope, "test") as session:
            await session.execute(text(change))
