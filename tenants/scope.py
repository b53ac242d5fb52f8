"""Who is asking and where: the scope every statement runs under."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, cast, func, literal_column, true

from infra.database.roles import Role


class ScopeKind(StrEnum):
    """COUNTY: one tenant. JURISDICTION: a supervisor's range. SYSTEM: workers. PUBLIC: no token."""

    COUNTY = "county"
    JURISDICTION = "jurisdiction"
    SYSTEM = "system"
    PUBLIC = "public"


class Reach(StrEnum):
    """How far inside a tenant the asker sees: all of it, some unit subtrees, own rows, nothing."""

    TENANT = "tenant"
    SUBTREE = "subtree"
    OWN = "own"
    NONE = "none"


@dataclass(frozen=True)
class Scope:
    """Context of a unit of work.

    `tenant_id` is the tenant acted in (None: the scheduler, which sees system tables only);
    `lo`, `hi` bound a supervisor's range, but for tenants that moved (`moved_in`, `moved_out`
    list them, mostly none); `units` are roots of the visible unit subtrees;
    `receipt` is the digest of a reporter's receipt.
    """

    kind: ScopeKind
    tenant_id: int | None
    lo: int = 0
    hi: int = -1
    account_id: UUID | None = None
    units: tuple[UUID, ...] = ()
    reach: Reach = Reach.TENANT
    receipt: bytes | None = None
    moved_in: tuple[int, ...] = ()
    moved_out: tuple[int, ...] = ()

    @classmethod
    def county(
        cls,
        tenant_id: int,
        account_id: UUID | None = None,
        units: tuple[UUID, ...] = (),
        reach: Reach = Reach.TENANT,
    ) -> "Scope":
        """One tenant as the role `api`."""
        return cls(ScopeKind.COUNTY, tenant_id, tenant_id, tenant_id, account_id, units, reach)

    @classmethod
    def jurisdiction(
        cls,
        tenant_id: int,
        lo: int,
        hi: int,
        account_id: UUID | None,
        moved_in: tuple[int, ...] = (),
        moved_out: tuple[int, ...] = (),
    ) -> "Scope":
        """All tenants numbered `lo`…`hi`, read only, as the role `supervisor`.

        Those of `moved_in` belong to them too, those of `moved_out` no longer.
        """
        return cls(
            ScopeKind.JURISDICTION,
            tenant_id,
            lo,
            hi,
            account_id,
            moved_in=moved_in,
            moved_out=moved_out,
        )

    @classmethod
    def system(cls, tenant_id: int | None) -> "Scope":
        """A worker inside one tenant, or with None the scheduler over the system tables."""
        lo = -1 if tenant_id is None else tenant_id
        return cls(ScopeKind.SYSTEM, tenant_id, lo, lo)

    @classmethod
    def public(cls, tenant_id: int, receipt: bytes | None = None) -> "Scope":
        """Somebody without a token, in the tenant they named by its public code."""
        return cls(
            ScopeKind.PUBLIC, tenant_id, tenant_id, tenant_id, reach=Reach.NONE, receipt=receipt
        )

    @cached_property
    def role(self) -> Role:
        match self.kind:
            case ScopeKind.COUNTY:
                return Role.API
            case ScopeKind.JURISDICTION:
                return Role.SUPERVISOR
            case ScopeKind.PUBLIC:
                return Role.PUBLIC
            case ScopeKind.SYSTEM:
                return Role.SCHEDULER if self.tenant_id is None else Role.WORKER

    @property
    def has_exceptions(self) -> bool:
        """Whether the range is no plain block, which costs an index range scan."""
        return bool(self.moved_in or self.moved_out)

    @cached_property
    def shape(self) -> tuple[str, str, bool]:
        """What visibility may depend on structurally; part of every plan key."""
        return self.kind.value, self.reach.value, self.has_exceptions

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The values of `settings` for a compiled read, which every request of a scope needs."""
        return tuple(self.settings().values())

    def settings(self) -> dict[str, str]:
        """The transaction-local settings that policies and visibility predicates read."""
        values = {
            "app.account_id": str(self.account_id or ""),
            "app.units": "{" + ",".join(map(str, self.units)) + "}",
            "app.receipt": self.receipt.hex() if self.receipt else "",
        }
        if self.tenant_id is not None:
            values["app.tenant_id"] = str(self.tenant_id)
            values["app.tenant_lo"] = str(self.lo)
            values["app.tenant_hi"] = str(self.hi)
            values["app.tenant_in"] = "{" + ",".join(map(str, self.moved_in)) + "}"
            values["app.tenant_out"] = "{" + ",".join(map(str, self.moved_out)) + "}"
        return values


def scope_setting(name: str, sql_type: str) -> ColumnElement[Any]:
    """A transaction-local setting as `(select current_setting(name)::type)`, an init plan.

    Strict: a statement without context raises instead of answering with nothing.
    """
    # The cast stands outside, so that ANY() sees an array and not a sub-query's rows.
    return literal_column(f"(select current_setting('{name}'))::{sql_type}")


def asking_account() -> ColumnElement[UUID | None]:
    """The asker's account; null in a scope without one."""
    # A scope without an account carries an empty text, which is no uuid.
    return cast(func.nullif(scope_setting("app.account_id", "text"), "", type_=Text), Uuid)


Visibility = Callable[[Scope], ColumnElement[bool]]


def ALL_OF_TENANT(scope: Scope) -> ColumnElement[bool]:  # noqa: N802 - reads as the constant it is
    """Every row that row security shows; to be written out wherever it is meant."""
    return true()
