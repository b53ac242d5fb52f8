"""Which deadlines an asker sees."""

from sqlalchemy import ColumnElement, exists, false, literal_column, select, true
from sqlalchemy.orm import aliased

from services.deadlines.models import Deadline, DeadlineStep
from tenants.models import Post
from tenants.organisation import held_by_asker, within_units
from tenants.scope import Reach, Scope, ScopeKind


def visible(scope: Scope) -> ColumnElement[bool]:
    """Staff: the county's; unit-bound posts: those of posts in their subtrees; others: their own.

    Supervisors: their range. The public: none.
    """
    if scope.kind is ScopeKind.PUBLIC or scope.reach is Reach.NONE:
        return false()
    if scope.reach is Reach.SUBTREE:
        post = aliased(Post)
        return exists(
            select(literal_column("1"))
            .select_from(post)
            .where(
                post.tenant_id == Deadline.tenant_id,
                post.id == Deadline.owner_post_id,
                within_units(post.tenant_id, post.unit_id),
            )
        )
    if scope.reach is Reach.OWN:
        return held_by_asker(Deadline.tenant_id, Deadline.owner_post_id)
    return true()


def visible_steps(scope: Scope) -> ColumnElement[bool]:
    """Steps are shown below a visible deadline only."""
    return false() if scope.kind is ScopeKind.PUBLIC else DeadlineStep.step >= 0
