"""Which rows of the ledger a scope may see."""

from sqlalchemy import ColumnElement, false, true

from tenants.scope import Reach, Scope, ScopeKind


def visible(scope: Scope) -> ColumnElement[bool]:
    """The whole county's staff and workers: all. Unit-bound posts, outsiders, the public: none.

    Supervisors: none here; sums over their range are for the nouns above to tell.
    """
    is_staff = scope.kind is ScopeKind.COUNTY and scope.reach is Reach.TENANT
    return true() if is_staff or scope.kind is ScopeKind.SYSTEM else false()
