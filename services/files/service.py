"""Commands of files: announce an upload, take its bytes, attach it once, open an original."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, NotFound
from infra.ids import new_id
from services.files import queries, rules
from services.files.errors import FileErrorCode
from services.files.intake import Found
from services.files.models import File, FilePurpose, FileStatus, StagedUpload
from services.files.policies import DOCUMENT_MIB, IMAGE_MIB, STAGED_HOURS, STAGED_MOST
from tenants import policies
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of, scope_of


@dataclass(frozen=True)
class StageUpload:
    """An upload to come, and what it is for."""

    purpose: FilePurpose


@dataclass(frozen=True)
class OpenOriginal:
    """A file's original, with where and when it was taken, and why it is needed."""

    file_id: UUID
    reason: str


@dataclass(frozen=True)
class Subject:
    """What a file is attached to: a code, an id, and the unit in whose care that is.

    Who works in that unit or above it sees the file; without a unit only county staff do.
    """

    kind: str
    id: UUID
    unit_id: UUID | None = None


@dataclass(frozen=True)
class Bounds:
    """How many bytes an upload may have, by what it turns out to be."""

    image_bytes: int
    document_bytes: int


async def stage_upload(
    session: AsyncSession, principal: Principal, command: StageUpload
) -> StagedUpload:
    """Announce an upload; it waits `files.staged_hours` to be attached. Raises DomainError."""
    require(principal, Permission.FILE_UPLOAD)
    now = now_of(session)
    today = now.astimezone(SHANGHAI).date()
    most = await policies.value(session, STAGED_MOST, today)
    if await queries.count_staged(session, principal.account_id) >= most:
        raise DomainError(
            Fault(
                FileErrorCode.TOO_MANY_STAGED,
                f"待用文件最多 {most} 个，请先使用已上传的文件或稍后再试",
                f"At most {most} uploads may wait; use those or try later",
            )
        )
    hours = await policies.value(session, STAGED_HOURS, today)
    upload = StagedUpload(
        tenant_id=principal.tenant_id,
        id=new_id(),
        account_id=principal.account_id,
        purpose=command.purpose,
        expires_at=now + timedelta(hours=hours),
    )
    session.add(upload)
    await session.flush()
    return upload


async def bounds_of(session: AsyncSession, principal: Principal, upload_id: UUID) -> Bounds:
    """How large an announced upload may be. Raises NotFound, DomainError (UPLOAD_USED, …)."""
    require(principal, Permission.FILE_UPLOAD)
    now = now_of(session)
    upload = await queries.find_upload(session, principal.account_id, upload_id)
    _refuse_used(upload)
    today = now.astimezone(SHANGHAI).date()
    return Bounds(
        rules.mib(await policies.value(session, IMAGE_MIB, today)),
        rules.mib(await policies.value(session, DOCUMENT_MIB, today)),
    )


async def begin_upload(session: AsyncSession, principal: Principal, upload_id: UUID) -> None:
    """Bind an upload to the bytes that are about to be stored; no others will be taken for it.

    Committed before anything is stored, so that what a crash leaves behind is found and removed.
    """
    require(principal, Permission.FILE_UPLOAD)
    upload = await queries.lock_upload(session, principal.account_id, upload_id)
    _refuse_used(upload)
    upload.begun_at = now_of(session)


async def finish_upload(
    session: AsyncSession, principal: Principal, upload_id: UUID, found: Found
) -> File:
    """The bytes are stored: the file is there, staged. Raises NotFound, DomainError."""
    require(principal, Permission.FILE_UPLOAD)
    upload = await queries.lock_upload(session, principal.account_id, upload_id)
    if upload.swept_at is not None:
        raise DomainError(_expired("upload"))
    file = File(
        tenant_id=upload.tenant_id,
        id=upload.id,
        type=found.type,
        purpose=upload.purpose,
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        status=FileStatus.STAGED,
        uploaded_by=principal.account_id,
        uploaded_at=now_of(session),
    )
    session.add(file)
    await session.flush()
    return file


async def attach(
    session: AsyncSession, file_ids: Sequence[UUID], subject: Subject, field: str = "files"
) -> list[File]:
    """Attach the asker's own staged files to a thing, in the transaction of that thing.

    A file is attached once, by the account that uploaded it. Called by the commands of other
    nouns, whose permissions it rests on; `field` is the input's field that named the files.
    Raises DomainError with every fault: NOT_FOUND, FILE_TAKEN, FILE_EXPIRED, FILE_REPEATED.
    """
    held = await queries.lock_own(session, scope_of(session).account_id, file_ids)
    faults = [
        fault for place, _ in enumerate(file_ids) if (fault := _fault(field, place, file_ids, held))
    ]
    if faults:
        raise DomainError(*faults)
    ended = await queries.end_staging(session, file_ids)
    if late := [place for place, file_id in enumerate(file_ids) if file_id not in ended]:
        raise DomainError(*(_expired(field, str(place)) for place in late))
    now = now_of(session)
    for file in held.values():
        file.status = FileStatus.ATTACHED
        file.subject_kind = subject.kind
        file.subject_id = subject.id
        file.unit_id = subject.unit_id
        file.attached_at = now
    await session.flush()
    return [held[file_id] for file_id in file_ids]


async def open_original(session: AsyncSession, principal: Principal, command: OpenOriginal) -> File:
    """The file whose original may now be opened; the audit chain keeps who and why."""
    require(principal, Permission.FILE_ORIGINAL)
    file = await queries.get_file(session, command.file_id)
    if fault := rules.reason_fault(command.reason):
        raise DomainError(fault)
    session.info["subjects"].append(f"file.original:{file.id}:{command.reason.strip()}")
    return file


def _fault(
    field: str, place: int, file_ids: Sequence[UUID], held: dict[UUID, File]
) -> Fault | None:
    """What is wrong with the file named in a place."""
    file_id, path = file_ids[place], (field, str(place))
    file = held.get(file_id)
    if file is None:
        return NotFound(*path).faults[0]
    if file_id in file_ids[:place]:
        return Fault(
            FileErrorCode.FILE_REPEATED, "同一文件写了两次", "The file is named twice", path
        )
    if file.status != FileStatus.STAGED:
        return Fault(
            FileErrorCode.FILE_TAKEN,
            "该文件已用于其他事项，请重新上传",
            "The file belongs to something already; upload it again",
            path,
        )
    return None


def _refuse_used(upload: StagedUpload) -> None:
    if upload.swept_at is not None:
        raise DomainError(_expired("upload"))
    if upload.begun_at is not None:
        raise DomainError(
            Fault(
                FileErrorCode.UPLOAD_USED,
                "该上传凭据已用过，请重新申请",
                "Bytes arrived for this upload already; announce another",
                ("upload",),
            )
        )


def _expired(*path: str) -> Fault:
    return Fault(
        FileErrorCode.FILE_EXPIRED,
        "文件未在期限内使用，已清除，请重新上传",
        "The file was not used in time and is removed; upload it again",
        path,
    )
