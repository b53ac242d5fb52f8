"""Which deadlines an asker sees."""

from datetime import date

from sqlalchemy import (
    ColumnElement,
    Date,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from services.deadlines.models import Deadline, DeadlineStep
from tenants.models import Holding, Post
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, asking_account, scope_setting


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
        return held_by_asker()
    return true()


def visible_steps(scope: Scope) -> ColumnElement[bool]:
    """Steps are shown below a visible deadline only."""
    return false() if scope.kind is ScopeKind.PUBLIC else DeadlineStep.step >= 0


def held_by_asker() -> ColumnElement[bool]:
    """Deadlines of a post that the asker holds or stands in for today."""
    holding = aliased(Holding)
    today: ColumnElement[date] = cast(
        func.timezone("Asia/Shanghai", scope_setting("app.now", "timestamptz")), Date
    )
    return exists(
        select(literal_column("1"))
        .select_from(holding)
        .where(
            holding.tenant_id == Deadline.tenant_id,
            holding.post_id == Deadline.owner_post_id,
            holding.account_id == asking_account(),
            holding.valid_from <= today,
            or_(holding.valid_to.is_(None), holding.valid_to >= today),
        )
    )
