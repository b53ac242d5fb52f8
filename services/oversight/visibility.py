"""Which papers of oversight an asker sees."""

from sqlalchemy import ColumnElement, false, true

from services.oversight.models import OversightDocument
from tenants.scope import Reach, Scope, ScopeKind, scope_setting


def visible(scope: Scope) -> ColumnElement[bool]:
    """Those of the asker's own jurisdiction: what it issued, or what it got."""
    if scope.kind is ScopeKind.PUBLIC or scope.reach is not Reach.TENANT:
        return false()
    if scope.kind is ScopeKind.JURISDICTION:
        return OversightDocument.tenant_id == scope_setting("app.tenant_id", "int")
    return true()
