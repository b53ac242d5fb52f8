"""What the commands of the register read."""

from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra import text
from infra.errors import NotFound
from services.institutions.models import (
    AnnualInspection,
    Institution,
    InstitutionGram,
    InstitutionOperator,
    ListEntry,
)
from services.institutions.visibility import visible, visible_entries
from tenants.session import scope_of


async def lock_institution(session: AsyncSession, institution_id: UUID, *path: str) -> Institution:
    """The visible institution, locked. Raises NotFound on the path (default `id`)."""
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
        raise NotFound(*(path or ("id",)))
    return institution


async def find_visible(session: AsyncSession, institution_id: UUID) -> Institution | None:
    """The institution when the asker sees it."""
    scope = scope_of(session)
    found = await session.execute(
        select(Institution).where(
            Institution.tenant_id == scope.tenant_id,
            Institution.id == institution_id,
            visible(scope),
        )
    )
    return found.scalar_one_or_none()


async def operators(session: AsyncSession, institution_id: UUID) -> list[UUID]:
    """Accounts that act for an institution."""
    found = await session.scalars(
        select(InstitutionOperator.account_id)
        .where(
            InstitutionOperator.tenant_id == scope_of(session).tenant_id,
            InstitutionOperator.institution_id == institution_id,
            InstitutionOperator.ended_at.is_(None),
        )
        .order_by(InstitutionOperator.account_id)
    )
    return list(found)


async def live_entry(session: AsyncSession, institution_id: UUID) -> ListEntry | None:
    """The entry in force of an institution, which its caller has locked."""
    found = await session.scalars(
        select(ListEntry).where(
            ListEntry.tenant_id == scope_of(session).tenant_id,
            ListEntry.institution_id == institution_id,
            ListEntry.removed_at.is_(None),
        )
    )
    return found.one_or_none()


async def get_entry(session: AsyncSession, entry_id: UUID) -> ListEntry:
    """An entry of a list that the asker sees. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(ListEntry).where(
            ListEntry.tenant_id == scope.tenant_id,
            ListEntry.id == entry_id,
            visible_entries(scope),
        )
    )
    entry = found.one_or_none()
    if entry is None:
        raise NotFound("id")
    return entry


async def live_entries(session: AsyncSession) -> list[tuple[ListEntry, Institution]]:
    """Every entry in force of the county, with its institution."""
    found = await session.execute(
        select(ListEntry, Institution)
        .join(
            Institution,
            (Institution.tenant_id == ListEntry.tenant_id)
            & (Institution.id == ListEntry.institution_id),
        )
        .where(ListEntry.tenant_id == scope_of(session).tenant_id, ListEntry.removed_at.is_(None))
        .order_by(ListEntry.id)
    )
    return [(entry, institution) for entry, institution in found]


async def present_inspection(
    session: AsyncSession, institution_id: UUID, year: int
) -> AnnualInspection | None:
    """The result that counts for a year of an institution, which its caller has locked."""
    found = await session.scalars(
        select(AnnualInspection).where(
            AnnualInspection.tenant_id == scope_of(session).tenant_id,
            AnnualInspection.institution_id == institution_id,
            AnnualInspection.year == year,
            AnnualInspection.superseded_at.is_(None),
        )
    )
    return found.one_or_none()


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
