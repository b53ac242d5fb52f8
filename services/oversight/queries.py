"""What commands of oversight read and lock."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.oversight.models import OversightDocument
from services.oversight.visibility import visible
from tenants.models import Tenant
from tenants.session import scope_of


async def lock_document(session: AsyncSession, document_id: UUID) -> OversightDocument:
    """A visible paper, locked. Raises NotFound on `id`."""
    document = await find_document(session, document_id)
    if document is None:
        raise NotFound("id")
    return document


async def find_document(session: AsyncSession, document_id: UUID) -> OversightDocument | None:
    """A visible paper of the tenant, locked, or None."""
    scope = scope_of(session)
    found = await session.scalars(
        select(OversightDocument)
        .where(
            OversightDocument.tenant_id == scope.tenant_id,
            OversightDocument.id == document_id,
            visible(scope),
        )
        .with_for_update(of=OversightDocument)
    )
    return found.one_or_none()


async def find_by_basis(session: AsyncSession, basis_id: UUID) -> OversightDocument | None:
    """The paper that a deadline of another tenant led to."""
    found = await session.scalars(
        select(OversightDocument).where(
            OversightDocument.tenant_id == scope_of(session).tenant_id,
            OversightDocument.basis_id == basis_id,
        )
    )
    return found.one_or_none()


async def get_tenant(session: AsyncSession, number: int) -> Tenant:
    """A jurisdiction by its number. Raises NoResultFound."""
    return await session.get_one(Tenant, number)
