"""What bytes are, where they lie, and which words they may be opened for."""

from enum import StrEnum
from typing import IO
from uuid import UUID

from infra.errors import Fault
from infra.text import text_fault
from services.files.models import FileType

MEDIA_TYPES = {
    FileType.JPEG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.WEBP: "image/webp",
    FileType.PDF: "application/pdf",
}
SUFFIXES = {
    FileType.JPEG: "jpg",
    FileType.PNG: "png",
    FileType.WEBP: "webp",
    FileType.PDF: "pdf",
}
IMAGES = frozenset({FileType.JPEG, FileType.PNG, FileType.WEBP})
"""Types that have a display copy; of a PDF there is the original alone."""

_HEAD = 16
_PDF_END = 2_048


class Copy(StrEnum):
    """DISPLAY: turned upright, at most 2,560 pixels, without metadata. ORIGINAL: as it came."""

    DISPLAY = "display"
    ORIGINAL = "original"


def sniff(content: IO[bytes]) -> FileType | None:
    """The type that the first bytes say, and for a PDF the last; None for any other.

    Neither a name nor what the client says of the type is asked.
    """
    content.seek(0)
    head = content.read(_HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if head.startswith(b"%PDF-"):
        size = content.seek(0, 2)
        content.seek(max(0, size - _PDF_END))
        return FileType.PDF if b"%%EOF" in content.read() else None
    return None


def path(tenant_id: int, file_id: UUID, copy: Copy) -> str:
    """Where a copy is stored; no name, no subject, no person."""
    return f"{tenant_id}/{file_id}/{copy}"


def mib(size: int) -> int:
    """MiB in bytes."""
    return size << 20


def reason_fault(reason: str) -> Fault | None:
    """What is wrong with the reason for opening an original: 5 to 200 visible characters."""
    return text_fault("reason", reason, 5, 200, "事由", "The reason")
