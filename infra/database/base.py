"""The declarative base; every table states its kind and every column its sensitivity.

Grants, policies and the catalogue proof are generated from these statements.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKeyConstraint,
    Integer,
    MetaData,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from infra.ids import new_id


class Kind(StrEnum):
    """Who may see rows of a table.

    TENANT: one tenant's roles; a supervisor's range on granted columns.
    SYSTEM: ids only, no personal data; the scheduler sees all tenants, others their own.
    REFERENCE: the same for everybody, SELECT only.
    """

    TENANT = "tenant"
    SYSTEM = "system"
    REFERENCE = "reference"


class Sensitivity(StrEnum):
    """What a column may be shown to; supervisor and public grants follow from it.

    PUBLIC: may be granted to role `public`. INTERNAL: staff and supervisors.
    PERSONAL: the tenant's own roles only. SEALED: ciphertext or keyed digest, own roles only.
    """

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SEALED = "sealed"


class Base(DeclarativeBase):
    """Root of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _classed(sensitivity: Sensitivity, *args: Any, **kw: Any) -> MappedColumn[Any]:
    return mapped_column(*args, **kw, info={"sensitivity": sensitivity})


def public(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """`mapped_column` whose values may be published."""
    return _classed(Sensitivity.PUBLIC, *args, **kw)


def internal(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """`mapped_column` for staff and supervisors."""
    return _classed(Sensitivity.INTERNAL, *args, **kw)


def personal(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """`mapped_column` that identifies a person; never leaves its tenant."""
    return _classed(Sensitivity.PERSONAL, *args, **kw)


def sealed(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """`mapped_column` of ciphertext or keyed digests; never leaves its tenant."""
    return _classed(Sensitivity.SEALED, *args, **kw)


def table_info(
    kind: Kind,
    *,
    append_only: bool = False,
    supervised: bool | None = None,
    public: frozenset[str] | set[str] = frozenset(),
    scheduler: frozenset[str] | set[str] = frozenset(),
    ledger: frozenset[str] | set[str] = frozenset(),
) -> dict[str, Any]:
    """The `info` of a table.

    append_only: the tenant's roles may INSERT and SELECT, nothing else.
    supervised: supervisors may SELECT the public and internal columns in their range
    (by default those of TENANT tables).
    public: verbs of role `public`, a subset of {"select", "insert", "update"};
    "select" covers PUBLIC columns only.
    scheduler: verbs of role `scheduler` over all tenants, for a TENANT table that a set-based
    batch writes; "select" covers PUBLIC columns only. SYSTEM tables are its own anyway.
    ledger: verbs of role `ledger`, as whom the functions of the ledger run, in all columns; but for
    "select" the tenant's roles lose them.
    """
    return {
        "kind": kind,
        "append_only": append_only,
        "supervised": (kind is Kind.TENANT) if supervised is None else supervised,
        "public": frozenset(public),
        "scheduler": frozenset(scheduler),
        "ledger": frozenset(ledger),
    }


class TenantOwned:
    """Mixin: `(tenant_id, id)` is the primary key. `id` is a UUIDv7 unless overridden."""

    tenant_id: Mapped[int] = public(Integer, primary_key=True, sort_order=-20)
    id: Mapped[UUID] = public(Uuid, primary_key=True, default=new_id, sort_order=-10)


def refer(
    column: str, target: str, target_column: str = "id", *, enforced: bool = True
) -> ForeignKeyConstraint:
    """A composite foreign key `(tenant_id, column) → target(tenant_id, target_column)`.

    One that is not `enforced` is a relation for reads; the database does not know it, and whoever
    declares it says what sees to it instead.
    """
    return ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.{target_column}"],
        info={"enforced": enforced},
    )


def unique(*columns: str) -> UniqueConstraint:
    """Unique within a tenant; `tenant_id` comes first by itself."""
    return UniqueConstraint("tenant_id", *columns)
