"""The one organisational tree of a tenant: units, posts, who holds them, and who stands in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from infra.errors import DomainError, Fault, NotFound
from tenants.access import GRANTS, OWN_BOUND, Permission, RoleCode
from tenants.errors import OrganisationErrorCode
from tenants.models import Account, Holding, Post, Unit, UnitClosure, UnitKind
from tenants.scope import Reach, Scope, ScopeKind, asking_account, scope_setting
from tenants.session import scope_of


def within_units(
    tenant: InstrumentedAttribute[int],
    unit: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
) -> ColumnElement[bool]:
    """The row's unit lies in a subtree the asker works in (equality on the closure table)."""
    closure = aliased(UnitClosure)
    return exists(
        select(literal_column("1"))
        .select_from(closure)
        .where(
            closure.tenant_id == tenant,
            closure.descendant_id == unit,
            closure.ancestor_id == func.any(scope_setting("app.units", "uuid[]")),
        )
    )


def held_by_asker(
    tenant: InstrumentedAttribute[int],
    post: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
) -> ColumnElement[bool]:
    """The row's post is one that the asker holds or stands in for today."""
    holding = aliased(Holding)
    today = cast(func.timezone("Asia/Shanghai", scope_setting("app.now", "timestamptz")), Date)
    return exists(
        select(literal_column("1"))
        .select_from(holding)
        .where(
            holding.tenant_id == tenant,
            holding.post_id == post,
            holding.account_id == asking_account(),
            holding.valid_from <= today,
            func.coalesce(holding.valid_to, today) >= today,
        )
    )


def acting_as(
    tenant: InstrumentedAttribute[int], roles: Collection[RoleCode]
) -> ColumnElement[bool]:
    """The asker holds or stands in for a post of one of the roles today, in the row's tenant."""
    holding, post = aliased(Holding), aliased(Post)
    today = cast(func.timezone("Asia/Shanghai", scope_setting("app.now", "timestamptz")), Date)
    return exists(
        select(literal_column("1"))
        .select_from(holding)
        .join(post, (post.tenant_id == holding.tenant_id) & (post.id == holding.post_id))
        .where(
            holding.tenant_id == tenant,
            holding.account_id == asking_account(),
            holding.valid_from <= today,
            func.coalesce(holding.valid_to, today) >= today,
            post.role.in_([role.value for role in roles]),
        )
    )


def visible_units(scope: Scope) -> ColumnElement[bool]:
    """Units: all of the tenant, or the asker's subtrees; published to everybody."""
    if scope.kind is ScopeKind.COUNTY and scope.reach is Reach.SUBTREE:
        return within_units(Unit.tenant_id, Unit.id)
    return literal_column("true")


def visible_posts(scope: Scope) -> ColumnElement[bool]:
    """Posts of the visible units."""
    if scope.kind is ScopeKind.COUNTY and scope.reach is Reach.SUBTREE:
        return within_units(Post.tenant_id, Post.unit_id)
    return literal_column("true")


@dataclass(frozen=True)
class AddUnit:
    """A new unit below `parent_id`; `reports_to_id` defaults to the parent (S0-10)."""

    code: str
    name: str
    kind: UnitKind
    parent_id: UUID | None = None
    reports_to_id: UUID | None = None


async def add_unit(session: AsyncSession, command: AddUnit) -> Unit:
    """Add a unit and its closure rows. Raises NotFound for an unknown parent."""
    tenant_id = _tenant(session)
    if command.parent_id and await session.get(Unit, (tenant_id, command.parent_id)) is None:
        raise NotFound("parentId")
    unit = Unit(
        tenant_id=tenant_id,
        code=command.code,
        name=command.name,
        kind=command.kind,
        parent_id=command.parent_id,
        reports_to_id=command.reports_to_id or command.parent_id,
    )
    session.add(unit)
    await session.flush()
    pairs = [(unit.id, 0)]
    if command.parent_id:
        above = await session.execute(
            select(UnitClosure.ancestor_id, UnitClosure.depth).where(
                UnitClosure.tenant_id == tenant_id,
                UnitClosure.descendant_id == command.parent_id,
            )
        )
        pairs += [(ancestor, depth + 1) for ancestor, depth in above]
    session.add_all(
        UnitClosure(tenant_id=tenant_id, ancestor_id=a, descendant_id=unit.id, depth=d)
        for a, d in pairs
    )
    await session.flush()
    return unit


async def add_post(
    session: AsyncSession, unit_id: UUID, code: str, title: str, role: RoleCode
) -> Post:
    """Add a post to a unit. Raises NotFound for an unknown unit."""
    tenant_id = _tenant(session)
    if await session.get(Unit, (tenant_id, unit_id)) is None:
        raise NotFound("unitId")
    post = Post(tenant_id=tenant_id, unit_id=unit_id, code=code, title=title, role=role)
    session.add(post)
    await session.flush()
    return post


async def add_account(session: AsyncSession, login: str) -> Account:
    """Add an account that can hold posts."""
    account = Account(tenant_id=_tenant(session), login=login)
    session.add(account)
    await session.flush()
    return account


async def hold_post(
    session: AsyncSession,
    post_id: UUID,
    account_id: UUID,
    valid_from: date,
    *,
    is_deputy: bool = False,
) -> Holding:
    """Let an account take over a post; a former holder's term ends the day before (S0-3).

    Both accounts' epochs rise, so their next request runs with the new rights. Raises NotFound
    for an unknown post or account, DomainError when the new term does not begin after the old.
    """
    tenant_id = _tenant(session)
    if await session.get(Post, (tenant_id, post_id)) is None:
        raise NotFound("postId")
    if await session.get(Account, (tenant_id, account_id)) is None:
        raise NotFound("accountId")
    if not is_deputy:
        former = await session.scalars(
            select(Holding)
            .where(
                Holding.tenant_id == tenant_id,
                Holding.post_id == post_id,
                Holding.is_deputy.is_(False),
                Holding.valid_to.is_(None),
            )
            .with_for_update()
        )
        for holding in former:
            if holding.valid_from >= valid_from:
                raise DomainError(
                    Fault(
                        OrganisationErrorCode.TERM_OVERLAPS,
                        "新任期必须晚于现任者的起始日",
                        "The new term must begin after the present holder's",
                        ("validFrom",),
                    )
                )
            await end_holding(session, holding, valid_from - timedelta(days=1))
    holding = Holding(
        tenant_id=tenant_id,
        post_id=post_id,
        account_id=account_id,
        is_deputy=is_deputy,
        valid_from=valid_from,
    )
    session.add(holding)
    await _raise_epoch(session, account_id)
    await session.flush()
    return holding


async def end_holding(session: AsyncSession, holding: Holding, last_day: date) -> None:
    """End a term on `last_day` (inclusive); the account's rights change at once."""
    holding.valid_to = max(last_day, holding.valid_from)
    await _raise_epoch(session, holding.account_id)
    await session.flush()


async def posts_of(session: AsyncSession, role: RoleCode) -> list[UUID]:
    """The tenant's posts of a role, in the order of their ids."""
    found = await session.scalars(
        select(Post.id)
        .where(Post.tenant_id == _tenant(session), Post.role == role.value)
        .order_by(Post.id)
    )
    return list(found)


async def holders(session: AsyncSession, post_id: UUID) -> list[UUID]:
    """Accounts that act for a post today: the holder, else the deputies, else nobody."""
    today = func.date(func.timezone("Asia/Shanghai", scope_setting("app.now", "timestamptz")))
    rows = await session.execute(
        select(Holding.account_id, Holding.is_deputy)
        .join(
            Account,
            (Account.tenant_id == Holding.tenant_id) & (Account.id == Holding.account_id),
        )
        .where(
            Holding.tenant_id == _tenant(session),
            Holding.post_id == post_id,
            Holding.valid_from <= today,
            func.coalesce(Holding.valid_to, today) >= today,
            Account.disabled_at.is_(None),
        )
        .order_by(Holding.account_id)
    )
    found = [(account, bool(deputy)) for account, deputy in rows]
    return [a for a, deputy in found if not deputy] or [a for a, _ in found]


async def accounts_that_may(session: AsyncSession, permission: Permission) -> list[UUID]:
    """Accounts that act today for a post of the county's own with the permission."""
    roles = [role for role in GRANTS if permission in GRANTS[role] and role not in OWN_BOUND]
    posts = [post for role in roles for post in await posts_of(session, role)]
    return sorted({account for post in posts for account in await holders(session, post)})


async def _raise_epoch(session: AsyncSession, account_id: UUID) -> None:
    await session.execute(
        update(Account)
        .where(Account.tenant_id == _tenant(session), Account.id == account_id)
        .values(epoch=Account.epoch + 1)
        .execution_options(synchronize_session=False)
    )


def _tenant(session: AsyncSession) -> int:
    tenant_id = scope_of(session).tenant_id
    if tenant_id is None:
        raise RuntimeError("the organisation of no tenant was asked for")
    return tenant_id
