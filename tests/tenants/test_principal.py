"""Rights hang on posts: they come and go with holdings, and the epoch tells."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.engine import Role
from infra.errors import DomainError, Forbidden, NotFound
from infra.ids import new_id
from tenants import principal
from tenants.access import Permission, RoleCode, require
from tenants.models import Holding
from tenants.organisation import add_account, end_holding, hold_post, holders
from tenants.scope import Reach, ScopeKind
from tenants.session import unit_of_work
from tests.harness.county import SINCE, County, open_supervisor

TODAY = datetime.now(UTC).astimezone().date()


async def _hold(
    county: County, post: str, account: str, on: date, *, is_deputy: bool = False
) -> None:
    async with unit_of_work(county.scope, "post.hold") as session:
        ids = county.posts[post], county.accounts[account]
        await hold_post(session, *ids, on, is_deputy=is_deputy)


async def test_a_grid_officer_sees_a_subtree(county: County) -> None:
    who = await county.principal("officer1")
    assert who.roles == {RoleCode.GRID_OFFICER}
    assert who.post_ids == (county.posts["officer1"],)
    assert (who.scope.kind, who.scope.reach) == (ScopeKind.COUNTY, Reach.SUBTREE)
    assert who.scope.units == (county.units["school1"],)
    assert who.scope.role is Role.API
    require(who, Permission.CLUE_READ)
    with pytest.raises(Forbidden):
        require(who, Permission.CLUE_TRIAGE)


async def test_the_bureau_sees_the_county_and_the_province_its_range(county: County) -> None:
    assert (await county.principal("clue_officer")).scope.reach is Reach.TENANT
    supervisor = await principal.load(*await open_supervisor())
    assert supervisor is not None
    scope = supervisor.scope
    assert (scope.kind, scope.lo, scope.hi) == (ScopeKind.JURISDICTION, 61000000, 61999999)
    assert scope.role is Role.SUPERVISOR


async def test_taking_over_a_post_raises_both_epochs(county: County) -> None:
    former = await county.principal("officer1")
    successor = await county.principal("officer2")
    stranger = await county.principal("leader")
    await _hold(county, "officer1", "officer2", TODAY)
    after = await county.principal("officer1")
    assert after.epoch > former.epoch
    assert (after.roles, after.permissions) == (frozenset(), frozenset())
    assert after.scope.reach is Reach.SUBTREE
    assert after.scope.units == (), "somebody without a post sees no unit"
    now = await county.principal("officer2")
    assert now.epoch > successor.epoch
    assert set(now.scope.units) == {county.units["school1"], county.units["school2"]}
    assert (await county.principal("leader")).epoch == stranger.epoch


async def test_a_term_must_begin_after_the_present_one(county: County) -> None:
    with pytest.raises(DomainError, match="TERM_OVERLAPS"):
        await _hold(county, "officer1", "officer2", SINCE)
    assert (await county.principal("officer1")).post_ids == (county.posts["officer1"],)


async def test_unknown_posts_and_accounts_are_not_found(
    county: County, other_county: County
) -> None:
    strangers = (other_county.posts["officer1"], new_id())
    for post_id in strangers:
        with pytest.raises(NotFound):
            async with unit_of_work(county.scope, "post.hold") as session:
                await hold_post(session, post_id, county.accounts["admin"], TODAY)
    account = other_county.accounts["admin"]
    with pytest.raises(NotFound):
        async with unit_of_work(county.scope, "post.hold") as session:
            await hold_post(session, county.posts["admin"], account, TODAY)


async def test_an_ended_holding_gives_nothing(county: County) -> None:
    before = await county.principal("officer1")
    async with unit_of_work(county.scope, "post.leave") as session:
        holding = await _only_holding(session, county, "officer1")
        await end_holding(session, holding, TODAY - timedelta(days=2))
    after = await county.principal("officer1")
    assert after.post_ids == ()
    assert after.permissions == frozenset()
    assert after.epoch > before.epoch


async def test_rights_know_the_day_they_end(county: County, admin: asyncpg.Connection) -> None:
    """No change of rows happens at midnight, so a kept principal has to carry the instant."""
    assert (await county.principal("officer1")).valid_until is None
    today = await admin.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
    async with unit_of_work(county.scope, "post.leave") as session:
        holding = await _only_holding(session, county, "officer1")
        await end_holding(session, holding, today)
    last_day = await county.principal("officer1")
    assert last_day.post_ids == (county.posts["officer1"],), "the last day counts"
    midnight = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=16)
    assert last_day.valid_until == midnight
    await admin.execute("UPDATE clock_shift SET shift = interval '1 day'")
    expired = await county.principal("officer1")
    assert expired.post_ids == ()
    assert expired.epoch == last_day.epoch


async def test_a_holding_that_begins_later_counts_later(
    county: County, admin: asyncpg.Connection
) -> None:
    today = await admin.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
    await _hold(county, "leader", "officer1", today + timedelta(days=1))
    now = await county.principal("officer1")
    assert now.roles == {RoleCode.GRID_OFFICER}
    assert now.valid_until is not None
    await admin.execute("UPDATE clock_shift SET shift = interval '1 day'")
    later = await county.principal("officer1")
    assert later.roles == {RoleCode.GRID_OFFICER, RoleCode.BUREAU_LEADER}
    assert later.scope.reach is Reach.TENANT


async def test_a_deputy_acts_when_nobody_holds_the_post(
    county: County, admin: asyncpg.Connection
) -> None:
    await _hold(county, "officer1", "officer2", SINCE, is_deputy=True)
    today = await admin.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")
    async with unit_of_work(county.scope, "post.leave") as session:
        post = county.posts["officer1"]
        assert await holders(session, post) == [county.accounts["officer1"]]
        holding = await _only_holding(session, county, "officer1")
        await end_holding(session, holding, today - timedelta(days=1))
        assert await holders(session, post) == [county.accounts["officer2"]]


async def test_disabled_unknown_and_suspended_are_nobody(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    assert await principal.load(county.number, new_id()) is None
    assert await principal.load(county.number, other_county.accounts["admin"]) is None
    await admin.execute(
        "UPDATE account SET disabled_at = now() WHERE id = $1", county.accounts["officer1"]
    )
    assert await principal.load(county.number, county.accounts["officer1"]) is None
    assert await principal.load(county.number, county.accounts["officer2"]) is not None
    await admin.execute("UPDATE tenant SET status = 'SUSPENDED' WHERE number = $1", county.number)
    with pytest.raises(principal.TenantSuspended):
        await principal.load(county.number, county.accounts["officer2"])


async def test_a_new_account_can_do_nothing(county: County) -> None:
    async with unit_of_work(county.scope, "account.add") as session:
        account = await add_account(session, "newcomer")
    who = await principal.load(county.number, account.id)
    assert who is not None
    assert (who.permissions, who.scope.units) == (frozenset(), ())
    assert who.scope.reach is Reach.SUBTREE


async def _only_holding(session: AsyncSession, county: County, name: str) -> Holding:
    found = await session.scalar(
        text("SELECT id FROM holding WHERE account_id = :account"),
        {"account": county.accounts[name]},
    )
    holding = await session.get(Holding, (county.number, found))
    assert holding is not None
    return holding
