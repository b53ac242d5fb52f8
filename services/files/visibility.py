"""Which files a scope may see."""

from sqlalchemy import ColumnElement, and_, false, or_, true

from services.files.models import File, FileStatus
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, asking_account


def visible(scope: Scope) -> ColumnElement[bool]:
    """One's own uploads, and attached files: county staff all, others those of their subtrees.

    Outsiders see their own uploads alone; supervisors and the public nothing; workers all.
    """
    if scope.kind is ScopeKind.SYSTEM:
        return true()
    if scope.kind is not ScopeKind.COUNTY or scope.reach is Reach.NONE:
        return false()
    own = File.uploaded_by == asking_account()
    attached = File.status == FileStatus.ATTACHED
    match scope.reach:
        case Reach.TENANT:
            return or_(own, attached)
        case Reach.SUBTREE:
            return or_(own, and_(attached, within_units(File.tenant_id, File.unit_id)))
    return own
