"""The verified asker and what its posts allow at this moment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from tenants.access import OWN_BOUND, SUPERVISING, UNIT_BOUND, Permission, RoleCode, permissions_of
from tenants.models import TenantStatus
from tenants.scope import Reach, Scope
from tenants.session import reading


@dataclass(frozen=True)
class Principal:
    """An account with the rights of the posts it holds until `valid_until`.

    `epoch` and `valid_until` are checked again inside every statement, so a change of post
    counts on the next request however long this object is kept.
    """

    tenant_id: int
    account_id: UUID
    epoch: int
    post_ids: tuple[UUID, ...]
    roles: frozenset[RoleCode]
    permissions: frozenset[Permission]
    scope: Scope
    valid_until: datetime | None


class TenantSuspended(Exception):
    """The account's tenant is suspended: who asks is known, and nobody of it may."""


_LOAD = text("""
SELECT t.status, a.epoch, t.hi,
  (SELECT min(least(
      CASE WHEN h.valid_from > d.today THEN h.valid_from END, h.valid_to + 1))
     FROM holding h WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id
      AND coalesce(h.valid_to, d.today) >= d.today)::timestamp AT TIME ZONE 'Asia/Shanghai',
  coalesce((SELECT jsonb_agg(jsonb_build_array(p.id, p.role, p.unit_id) ORDER BY p.id)
     FROM holding h JOIN post p ON p.tenant_id = h.tenant_id AND p.id = h.post_id
    WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id
      AND h.valid_from <= d.today AND coalesce(h.valid_to, d.today) >= d.today), '[]'),
  ARRAY(SELECT tenant_number FROM range_exception
    WHERE jurisdiction_number = a.tenant_id AND is_within ORDER BY 1),
  ARRAY(SELECT tenant_number FROM range_exception
    WHERE jurisdiction_number = a.tenant_id AND NOT is_within ORDER BY 1)
FROM account a JOIN tenant t ON t.number = a.tenant_id,
  (SELECT (current_setting('app.now')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AS today) d
WHERE a.tenant_id = :tenant AND a.id = :account AND a.disabled_at IS NULL
  AND t.status IN ('ACTIVE', 'SUSPENDED')
""")


async def load(tenant_id: int, account_id: UUID) -> Principal | None:
    """The principal as of now, or None when the account is unknown or disabled.

    Raises TenantSuspended (domain §4.1).
    """
    async with reading(Scope.county(tenant_id, account_id)) as session:
        values = {"tenant": tenant_id, "account": account_id}
        row = (await session.execute(_LOAD, values)).one_or_none()
    if row is None:
        return None
    status, epoch, hi, valid_until, held, moved_in, moved_out = row
    if status == TenantStatus.SUSPENDED:
        raise TenantSuspended
    roles = frozenset(RoleCode(role) for _, role, _ in held)
    units = tuple(sorted({UUID(unit) for _, role, unit in held if RoleCode(role) in UNIT_BOUND}))
    if roles & SUPERVISING:
        moved = tuple(moved_in), tuple(moved_out)
        scope = Scope.jurisdiction(tenant_id, tenant_id, hi, account_id, *moved)
    elif roles and not roles <= UNIT_BOUND | OWN_BOUND:
        scope = Scope.county(tenant_id, account_id)
    elif roles and roles <= OWN_BOUND:
        scope = Scope.county(tenant_id, account_id, reach=Reach.OWN)
    else:
        scope = Scope.county(tenant_id, account_id, units, Reach.SUBTREE)
    return Principal(
        tenant_id=tenant_id,
        account_id=account_id,
        epoch=epoch,
        post_ids=tuple(UUID(post) for post, _, _ in held),
        roles=roles,
        permissions=permissions_of(roles),
        scope=scope,
        valid_until=valid_until,
    )
