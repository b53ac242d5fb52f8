"""Numbers of the domain as policy: default, source clause, and a tenant's own dated values."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tenants.models import PolicyValue
from tenants.session import scope_of


@dataclass(frozen=True)
class Policy:
    """A configurable number: its key, default, unit and where the default comes from.

    A locked one (domain §5) has a bound that a tenant may stay within and not go beyond.
    """

    key: str
    default: Any
    unit: str
    source: str
    ceiling: Any = None
    floor: Any = None

    def within(self, setting: Any) -> Any:
        """The tenant's value, or the bound where that value is looser or says no bound at all."""
        if self.ceiling is not None and (setting is None or setting > self.ceiling):
            return self.ceiling
        if self.floor is not None and (setting is None or setting < self.floor):
            return self.floor
        return setting


REGISTRY: dict[str, Policy] = {}


def policy(
    key: str, default: Any, unit: str, source: str, *, ceiling: Any = None, floor: Any = None
) -> Policy:
    """Declare a policy beside the rule that uses it; keys are unique.

    `ceiling`, `floor`: the loosest value that a tenant may set; a looser one is read as the bound.
    """
    if key in REGISTRY:
        raise ValueError(f"policy {key} is declared twice")
    declared = Policy(key, default, unit, source, ceiling, floor)
    if declared.within(default) != default:
        raise ValueError(f"policy {key} is looser by default than its bound")
    REGISTRY[key] = declared
    return declared


async def value(session: AsyncSession, declared: Policy, on: date) -> Any:
    """The tenant's value valid on a day, within the policy's bound; else the default."""
    tenant_id = scope_of(session).tenant_id
    found = await session.execute(
        select(PolicyValue.value)
        .where(
            PolicyValue.tenant_id == tenant_id,
            PolicyValue.key == declared.key,
            PolicyValue.valid_from <= on,
            or_(PolicyValue.valid_to.is_(None), PolicyValue.valid_to >= on),
        )
        .order_by(PolicyValue.valid_from.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return declared.default if row is None else declared.within(row[0])


async def set_value(
    session: AsyncSession,
    declared: Policy,
    setting: Any,
    valid_from: date,
    source: str,
    valid_to: date | None = None,
) -> None:
    """Give a tenant its own value from a day to a day; `source` is the document it comes from."""
    tenant_id = scope_of(session).tenant_id
    session.add(
        PolicyValue(
            tenant_id=tenant_id,
            key=declared.key,
            value=setting,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
        )
    )
    await session.flush()
