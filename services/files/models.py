"""Tables of files: uploads that were announced, and files that arrived."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, Text, Uuid, text
from sqlalchemy.orm import Mapped

from infra.database.base import Base, Kind, TenantOwned, internal, refer, table_info


class FileType(StrEnum):
    """What the bytes are, whatever their sender called them."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    PDF = "PDF"


class FilePurpose(StrEnum):
    """What a file is for: evidence of a matter, or a document of an office."""

    EVIDENCE = "EVIDENCE"
    DOCUMENT = "DOCUMENT"


class FileStatus(StrEnum):
    """STAGED → ATTACHED, once; a staged file that nothing took is removed."""

    STAGED = "STAGED"
    ATTACHED = "ATTACHED"


class StagedUpload(TenantOwned, Base):
    """An upload that an account announced; its id is the file's.

    It goes when the file is attached, or when `expires_at` passed and the bytes are removed.
    `begun_at`: bytes for it arrived, and no others may. `swept_at`: it may be attached no more.
    """

    __tablename__ = "staged_upload"
    __table_args__ = (
        refer("account_id", "account"),
        Index("ix_staged_upload_account", "tenant_id", "account_id"),
        Index("ix_staged_upload_expired", "expires_at", postgresql_where=text("swept_at IS NULL")),
        {"info": table_info(Kind.SYSTEM)},
    )
    account_id: Mapped[UUID] = internal(Uuid)
    purpose: Mapped[FilePurpose] = internal(Text)
    expires_at: Mapped[datetime] = internal(DateTime(timezone=True))
    begun_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
    swept_at: Mapped[datetime | None] = internal(DateTime(timezone=True))


class File(TenantOwned, Base):
    """A file that arrived, and since it is ATTACHED the one thing it belongs to.

    `subject_kind` and `subject_id` name that thing, `unit_id` the unit in whose care it is: who
    works there sees the file. `sha256` and `size_bytes` are those of the original.
    """

    __tablename__ = "file"
    __table_args__ = (
        refer("uploaded_by", "account"),
        refer("unit_id", "unit"),
        CheckConstraint(
            "(status = 'ATTACHED') = (attached_at IS NOT NULL)"
            " AND (status = 'ATTACHED') = (subject_kind IS NOT NULL)"
            " AND (subject_kind IS NULL) = (subject_id IS NULL)",
            name="attached",
        ),
        CheckConstraint("size_bytes > 0 AND length(sha256) = 32", name="content"),
        Index("ix_file_subject", "tenant_id", "subject_id"),
        Index("ix_file_uploaded", "tenant_id", "uploaded_by"),
        {"info": table_info(Kind.TENANT, supervised=False)},
    )
    type: Mapped[FileType] = internal(Text)
    purpose: Mapped[FilePurpose] = internal(Text)
    size_bytes: Mapped[int] = internal(Integer)
    sha256: Mapped[bytes] = internal(LargeBinary)
    status: Mapped[FileStatus] = internal(Text)
    uploaded_by: Mapped[UUID] = internal(Uuid)
    uploaded_at: Mapped[datetime] = internal(DateTime(timezone=True))
    subject_kind: Mapped[str | None] = internal(Text)
    subject_id: Mapped[UUID | None] = internal(Uuid)
    unit_id: Mapped[UUID | None] = internal(Uuid)
    attached_at: Mapped[datetime | None] = internal(DateTime(timezone=True))
