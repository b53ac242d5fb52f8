"""Which problems an asker sees, and what hangs on them."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.institutions.visibility import acted_for
from services.problems.models import (
    EvidenceFile,
    NoticeStatus,
    Problem,
    ProblemStatus,
    Recheck,
    RectificationEvidence,
    RectificationNotice,
)
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind

_INSIDE = (ProblemStatus.FOUND, ProblemStatus.DISMISSED, ProblemStatus.CONFIRMED)
"""States that are the bureau's own until those concerned are told."""


def visible(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's, or those of their unit subtrees; supervisors: their range.

    Operators: those of their institutions once they have been told of them.
    """
    return _seen(scope, Problem)


def visible_notices(scope: Scope) -> ColumnElement[bool]:
    """Those of visible problems; operators see no drafts."""
    below = _below(scope, RectificationNotice.tenant_id, RectificationNotice.problem_id)
    if scope.reach is Reach.OWN:
        return and_(below, RectificationNotice.status == NoticeStatus.ISSUED)
    return below


def visible_evidence(scope: Scope) -> ColumnElement[bool]:
    """That of visible problems."""
    return _below(scope, RectificationEvidence.tenant_id, RectificationEvidence.problem_id)


def visible_evidence_files(scope: Scope) -> ColumnElement[bool]:
    """Those of visible evidence."""
    evidence, problem = aliased(RectificationEvidence), aliased(Problem)
    return exists(
        select(literal_column("1"))
        .select_from(evidence)
        .join(
            problem,
            (problem.tenant_id == evidence.tenant_id) & (problem.id == evidence.problem_id),
        )
        .where(
            evidence.tenant_id == EvidenceFile.tenant_id,
            evidence.id == EvidenceFile.evidence_id,
            _seen(scope, problem),
        )
    )


def visible_rechecks(scope: Scope) -> ColumnElement[bool]:
    """Those of visible problems."""
    return _below(scope, Recheck.tenant_id, Recheck.problem_id)


def _seen(scope: Scope, problem: Any) -> ColumnElement[bool]:
    if scope.kind is ScopeKind.PUBLIC or scope.reach is Reach.NONE:
        return false()
    if scope.reach is Reach.SUBTREE:
        return within_units(problem.tenant_id, problem.unit_id)
    if scope.reach is Reach.OWN:
        told = or_(not_(problem.status.in_(_INSIDE)), problem.notified_at.is_not(None))
        return and_(told, acted_for(problem.tenant_id, problem.institution_id))
    return true()


def _below(
    scope: Scope, tenant: InstrumentedAttribute[int], problem_id: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    problem = aliased(Problem)
    return exists(
        select(literal_column("1"))
        .select_from(problem)
        .where(problem.tenant_id == tenant, problem.id == problem_id, _seen(scope, problem))
    )
