"""The post by which an asker acts: what is decided is signed with a post, not a person (S0-3)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import Forbidden
from tenants.access import GRANTS, Permission
from tenants.models import Post
from tenants.principal import Principal


async def acting_post(session: AsyncSession, principal: Principal, permission: Permission) -> UUID:
    """The asker's post that gives the right, the first by id where several do.

    Raises Forbidden when none does.
    """
    roles = [role.value for role, granted in GRANTS.items() if permission in granted]
    found = await session.scalar(
        select(Post.id)
        .where(
            Post.tenant_id == principal.tenant_id,
            Post.id.in_(principal.post_ids),
            Post.role.in_(roles),
        )
        .order_by(Post.id)
        .limit(1)
    )
    if found is None:
        raise Forbidden(permission.value)
    return found
