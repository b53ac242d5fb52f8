"""Which institutions a scope may see."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.institutions.models import Institution, InstitutionOperator
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, asking_account


def visible(scope: Scope) -> ColumnElement[bool]:
    """County staff: all. Grid officers and area leads: those of their subtrees.

    Operators: the institutions they act for. Supervisors and workers: what row security shows
    them. The public: none.
    """
    if scope.reach is Reach.NONE or scope.kind is ScopeKind.PUBLIC:
        return false()
    if scope.reach is Reach.SUBTREE:
        return within_units(Institution.tenant_id, Institution.unit_id)
    if scope.reach is Reach.OWN:
        return acted_for(Institution.tenant_id, Institution.id)
    return true()


def acted_for(
    tenant: InstrumentedAttribute[int],
    institution: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
) -> ColumnElement[bool]:
    """The row's institution is one that the asker acts for."""
    seat = aliased(InstitutionOperator)
    return exists(
        select(literal_column("1"))
        .select_from(seat)
        .where(
            seat.tenant_id == tenant,
            seat.institution_id == institution,
            seat.account_id == asking_account(),
            seat.ended_at.is_(None),
        )
    )
