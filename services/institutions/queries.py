"""What the commands of the register read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra import text
from infra.errors import NotFound
from services.institutions.models import Institution, InstitutionGram
from services.institutions.visibility import visible
from tenants.scope import scope_setting
from tenants.session import scope_of


async def now(session: AsyncSession) -> datetime:
    """The instant of the unit of work."""
    found = await session.execute(select(scope_setting("app.now", "timestamptz")))
    instant: datetime = found.scalar_one()
    return instant


async def lock_institution(session: AsyncSession, institution_id: UUID) -> Institution:
    """The visible institution, locked. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.execute(
        select(Institution)
        .where(
            Institution.tenant_id == scope.tenant_id,
            Institution.id == institution_id,
            visible(scope),
        )
        .with_for_update(of=Institution)
    )
    institution = found.scalar_one_or_none()
    if institution is None:
        raise NotFound("id")
    return institution


async def is_uscc_taken(session: AsyncSession, uscc: str, other_than: UUID | None = None) -> bool:
    """Whether another institution of this tenant has the code."""
    taken = select(Institution.id).where(
        Institution.tenant_id == scope_of(session).tenant_id, Institution.uscc == uscc
    )
    if other_than is not None:
        taken = taken.where(Institution.id != other_than)
    return bool(await session.scalar(select(exists(taken))))


async def index_name(session: AsyncSession, institution: Institution) -> None:
    """Write the search postings of a new institution's name."""
    postings = [
        {
            "tenant_id": institution.tenant_id,
            "institution_id": institution.id,
            "gram": gram,
        }
        for gram in sorted(text.grams(institution.name))
    ]
    if postings:
        await session.execute(insert(InstitutionGram), postings)


async def index_name_again(session: AsyncSession, institution: Institution) -> None:
    """Replace the search postings by those of the present name."""
    await session.execute(
        delete(InstitutionGram)
        .where(
            InstitutionGram.tenant_id == institution.tenant_id,
            InstitutionGram.institution_id == institution.id,
        )
        .execution_options(synchronize_session=False)
    )
    await index_name(session, institution)
