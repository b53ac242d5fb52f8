"""Which clues an asker sees."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.clues.models import Clue, ClueConclusion, FalseReportEducation
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, scope_setting


def visible(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's, or those of their unit subtrees; supervisors: their range."""
    return _seen(scope, Clue)


def visible_conclusions(scope: Scope) -> ColumnElement[bool]:
    """Those of visible clues."""
    return _below(scope, ClueConclusion.tenant_id, ClueConclusion.clue_id)


def visible_educations(scope: Scope) -> ColumnElement[bool]:
    """Those of visible clues."""
    return _below(scope, FalseReportEducation.tenant_id, FalseReportEducation.clue_id)


def _below(
    scope: Scope, tenant: InstrumentedAttribute[int], clue_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    clue = aliased(Clue)
    return exists(
        select(literal_column("1"))
        .select_from(clue)
        .where(clue.tenant_id == tenant, clue.id == clue_id, _seen(scope, clue))
    )


def _seen(scope: Scope, clue: Any) -> ColumnElement[bool]:
    match scope.kind:
        case ScopeKind.PUBLIC:
            return false()
        case ScopeKind.COUNTY if scope.reach is Reach.OWN:
            return false()
        case ScopeKind.COUNTY if scope.reach is Reach.SUBTREE:
            return within_units(clue.tenant_id, clue.owner_unit_id)
        case _:
            return true()


def visible_by_receipt(scope: Scope) -> ColumnElement[bool]:
    """The one clue whose receipt was shown; without a receipt none."""
    if scope.kind is not ScopeKind.PUBLIC:
        return false()
    shown = scope_setting("app.receipt", "text")
    return and_(shown != "", Clue.receipt_mac == func.decode(shown, "hex"))
