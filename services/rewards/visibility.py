"""Which rewards an asker sees."""

from sqlalchemy import ColumnElement, false, true

from tenants.scope import Reach, Scope, ScopeKind


def visible(scope: Scope) -> ColumnElement[bool]:
    """The county's, for its bureau; nobody else's: supervisors read figures alone."""
    if scope.kind in (ScopeKind.PUBLIC, ScopeKind.JURISDICTION) or scope.reach is not Reach.TENANT:
        return false()
    return true()
