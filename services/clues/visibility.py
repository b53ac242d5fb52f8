"""Which clues an asker sees."""

from sqlalchemy import ColumnElement, and_, false, func, true

from services.clues.models import Clue
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, scope_setting


def visible(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's, or those of their unit subtrees; supervisors: their range."""
    match scope.kind:
        case ScopeKind.PUBLIC:
            return false()
        case ScopeKind.COUNTY if scope.reach is Reach.OWN:
            return false()
        case ScopeKind.COUNTY if scope.reach is Reach.SUBTREE:
            return within_units(Clue.tenant_id, Clue.owner_unit_id)
        case _:
            return true()


def visible_by_receipt(scope: Scope) -> ColumnElement[bool]:
    """The one clue whose receipt was shown; without a receipt none."""
    if scope.kind is not ScopeKind.PUBLIC:
        return false()
    shown = scope_setting("app.receipt", "text")
    return and_(shown != "", Clue.receipt_mac == func.decode(shown, "hex"))
