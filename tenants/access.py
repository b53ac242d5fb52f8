"""Which role may do what (domain §6); the one place that says so."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from infra.errors import Forbidden


class RoleCode(StrEnum):
    """Roles that posts carry. Reporters have none: they have a receipt."""

    GRID_OFFICER = "GRID_OFFICER"
    CENTRAL_SCHOOL_LEAD = "CENTRAL_SCHOOL_LEAD"
    AREA_LEAD = "AREA_LEAD"
    SCHOOL_PRINCIPAL = "SCHOOL_PRINCIPAL"
    COUNTY_OFFICER = "COUNTY_OFFICER"
    CLUE_OFFICER = "CLUE_OFFICER"
    BUREAU_LEADER = "BUREAU_LEADER"
    TENANT_ADMIN = "TENANT_ADMIN"
    CITY_SUPERVISOR = "CITY_SUPERVISOR"
    PROVINCIAL_SUPERVISOR = "PROVINCIAL_SUPERVISOR"


class Permission(StrEnum):
    """What can be allowed; `<noun>.<act>`."""

    UNIT_READ = "unit.read"
    UNIT_MANAGE = "unit.manage"
    GRID_READ = "grid.read"
    GRID_MANAGE = "grid.manage"
    INSTITUTION_READ = "institution.read"
    INSTITUTION_MANAGE = "institution.manage"
    CLUE_READ = "clue.read"
    CLUE_DETAIL = "clue.detail"
    CLUE_TRIAGE = "clue.triage"
    CLUE_REPLY = "clue.reply"
    REPORTER_OPEN = "reporter.open"
    INBOX_READ = "inbox.read"
    TENANTS_READ = "tenants.read"


_P = Permission
_READ = frozenset({_P.UNIT_READ, _P.GRID_READ, _P.INSTITUTION_READ, _P.INBOX_READ})

_CLUES = frozenset({_P.CLUE_READ, _P.CLUE_DETAIL})
_CLUE_DESK = _CLUES | {_P.CLUE_TRIAGE, _P.CLUE_REPLY}

GRANTS: dict[RoleCode, frozenset[Permission]] = {
    RoleCode.GRID_OFFICER: _READ | _CLUES,
    RoleCode.CENTRAL_SCHOOL_LEAD: _READ | _CLUES,
    RoleCode.AREA_LEAD: _READ | _CLUES,
    RoleCode.SCHOOL_PRINCIPAL: _READ | _CLUES,
    RoleCode.COUNTY_OFFICER: _READ | _CLUE_DESK | {_P.GRID_MANAGE, _P.INSTITUTION_MANAGE},
    RoleCode.CLUE_OFFICER: _READ | _CLUE_DESK | {_P.REPORTER_OPEN},
    RoleCode.BUREAU_LEADER: _READ | _CLUES,
    RoleCode.TENANT_ADMIN: _READ | {_P.UNIT_MANAGE, _P.GRID_MANAGE},
    RoleCode.CITY_SUPERVISOR: _READ | {_P.CLUE_READ, _P.TENANTS_READ},
    RoleCode.PROVINCIAL_SUPERVISOR: _READ | {_P.CLUE_READ, _P.TENANTS_READ},
}

UNIT_BOUND = frozenset(
    {
        RoleCode.GRID_OFFICER,
        RoleCode.CENTRAL_SCHOOL_LEAD,
        RoleCode.AREA_LEAD,
        RoleCode.SCHOOL_PRINCIPAL,
    }
)
"""Roles whose sight ends with the subtree of their post's unit."""

SUPERVISING = frozenset({RoleCode.CITY_SUPERVISOR, RoleCode.PROVINCIAL_SUPERVISOR})
"""Roles that read across the tenants of their jurisdiction and write in none of them."""


class Holder(Protocol):
    """Anything with permissions."""

    @property
    def permissions(self) -> frozenset[Permission]: ...


def permissions_of(roles: Iterable[RoleCode]) -> frozenset[Permission]:
    """The union of what the roles grant."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def require(holder: Holder, permission: Permission) -> None:
    """Raise Forbidden unless the holder has the permission."""
    if permission not in holder.permissions:
        raise Forbidden(permission.value)
