"""Which institutions a scope may see."""

from sqlalchemy import ColumnElement, false, true

from services.institutions.models import Institution
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind


def visible(scope: Scope) -> ColumnElement[bool]:
    """County staff: all. Grid officers and area leads: those of their subtrees.

    Supervisors and workers: what row security shows them. The public: none.
    """
    if scope.reach is Reach.NONE or scope.kind is ScopeKind.PUBLIC:
        return false()
    if scope.reach is Reach.SUBTREE:
        return within_units(Institution.tenant_id, Institution.unit_id)
    return true()
