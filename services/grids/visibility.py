"""Which grids, and which places of them, a scope may see."""

from sqlalchemy import ColumnElement, true

from services.grids.models import GridTerritory
from tenants.organisation import visible_units, within_units
from tenants.scope import Reach, Scope, ScopeKind


def visible(scope: Scope) -> ColumnElement[bool]:
    """Grids are units: all of the tenant, or the asker's subtrees."""
    return visible_units(scope)


def visible_territories(scope: Scope) -> ColumnElement[bool]:
    """Places of the visible units; published to everybody, so that a report finds its grid."""
    if scope.kind is ScopeKind.COUNTY and scope.reach is Reach.SUBTREE:
        return within_units(GridTerritory.tenant_id, GridTerritory.unit_id)
    return true()
