"""What commands of files read, and the locks they take."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.files.models import File, FileType, StagedUpload
from services.files.visibility import visible
from tenants.models import Tenant, TenantStatus
from tenants.session import scope_of


async def count_staged(session: AsyncSession, account_id: UUID) -> int:
    """How many uploads of an account wait to be attached."""
    found = await session.scalar(
        select(func.count())
        .select_from(StagedUpload)
        .where(
            StagedUpload.tenant_id == scope_of(session).tenant_id,
            StagedUpload.account_id == account_id,
        )
    )
    return found or 0


async def find_upload(session: AsyncSession, account_id: UUID, upload_id: UUID) -> StagedUpload:
    """An upload that this account announced. Raises NotFound on `upload`."""
    return await _upload(session, account_id, upload_id, lock=False)


async def lock_upload(session: AsyncSession, account_id: UUID, upload_id: UUID) -> StagedUpload:
    """The same, locked."""
    return await _upload(session, account_id, upload_id, lock=True)


async def _upload(
    session: AsyncSession, account_id: UUID, upload_id: UUID, *, lock: bool
) -> StagedUpload:
    asked = select(StagedUpload).where(
        StagedUpload.tenant_id == scope_of(session).tenant_id,
        StagedUpload.id == upload_id,
        StagedUpload.account_id == account_id,
    )
    found = await session.execute(asked.with_for_update() if lock else asked)
    upload = found.scalar_one_or_none()
    if upload is None:
        raise NotFound("upload")
    return upload


async def get_file(session: AsyncSession, file_id: UUID) -> File:
    """A visible file. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.execute(
        select(File).where(File.tenant_id == scope.tenant_id, File.id == file_id, visible(scope))
    )
    file = found.scalar_one_or_none()
    if file is None:
        raise NotFound("id")
    return file


async def lock_own(
    session: AsyncSession, account_id: UUID | None, ids: Collection[UUID]
) -> dict[UUID, File]:
    """Those of the files that the account uploaded, locked in the order of their keys."""
    found = await session.scalars(
        select(File)
        .where(
            File.tenant_id == scope_of(session).tenant_id,
            File.id.in_(ids),
            File.uploaded_by == account_id,
        )
        .order_by(File.id)
        .with_for_update()
    )
    return {file.id: file for file in found}


async def end_staging(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Take uploads off the list of those that wait; the ids that were on it and not swept."""
    found = await session.scalars(
        delete(StagedUpload)
        .where(
            StagedUpload.tenant_id == scope_of(session).tenant_id,
            StagedUpload.id.in_(ids),
            StagedUpload.swept_at.is_(None),
        )
        .returning(StagedUpload.id)
        .execution_options(synchronize_session=False)
    )
    return set(found)


async def served_type(session: AsyncSession, file_id: UUID) -> FileType | None:
    """The type of the file a link names, whoever holds the link; None where nothing is served.

    So it is for a tenant that is not active.
    """
    found = await session.scalar(
        select(File.type)
        .join(Tenant, Tenant.number == File.tenant_id)
        .where(
            File.tenant_id == scope_of(session).tenant_id,
            File.id == file_id,
            Tenant.status == TenantStatus.ACTIVE,
        )
    )
    return None if found is None else FileType(found)
