"""The intake of bytes: size, type, digest, and of a picture the display copy."""

import hashlib
import tempfile
from dataclasses import dataclass
from typing import IO

from infra.errors import DomainError, Fault
from services.files import images
from services.files.errors import FileErrorCode
from services.files.models import FileType
from services.files.rules import IMAGES, sniff

_SPOOLED_BYTES = 1 << 20
_FIELD = ("file",)


@dataclass(frozen=True)
class Found:
    """A file as its bytes tell it; `display` is open at its start, None where there is no copy."""

    type: FileType
    size_bytes: int
    sha256: bytes
    display: IO[bytes] | None


def examine(content: IO[bytes], image_bytes: int, document_bytes: int) -> Found:
    """Look at bytes that arrived; blocks, so that it runs in a thread. Leaves them at the start.

    Raises DomainError: FILE_EMPTY, FILE_TYPE_NOT_ALLOWED, FILE_TOO_LARGE, FILE_DAMAGED.
    """
    size = content.seek(0, 2)
    if size == 0:
        raise _refused(FileErrorCode.FILE_EMPTY, "文件为空", "The file is empty")
    kind = sniff(content)
    if kind is None:
        raise _refused(
            FileErrorCode.FILE_TYPE_NOT_ALLOWED,
            "只接受 JPEG、PNG、WebP 图片和 PDF，以文件内容为准",
            "JPEG, PNG, WebP and PDF are taken, judged by the bytes",
        )
    most = image_bytes if kind in IMAGES else document_bytes
    if size > most:
        raise _refused(
            FileErrorCode.FILE_TOO_LARGE,
            f"{kind} 文件最大 {most >> 20} MiB，现为 {size / (1 << 20):.1f} MiB",
            f"A {kind} file has at most {most >> 20} MiB, not {size / (1 << 20):.1f}",
        )
    display = _drawn(content, kind) if kind in IMAGES else None
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").digest()  # type: ignore[arg-type]
    content.seek(0)
    return Found(kind, size, digest, display)


def _drawn(content: IO[bytes], kind: FileType) -> IO[bytes]:
    # Closed by whoever stores it.
    display = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115
    try:
        images.draw(content, kind, display)
    except images.TooManyPixels:
        display.close()
        raise _refused(
            FileErrorCode.FILE_TOO_LARGE,
            f"图片最多 {images.MOST_PIXELS // 1_000_000} 百万像素",
            f"A picture has at most {images.MOST_PIXELS // 1_000_000} million pixels",
        ) from None
    except images.Unreadable:
        display.close()
        raise _refused(
            FileErrorCode.FILE_DAMAGED,
            f"文件不是完整的 {kind} 图片，请重新拍摄或导出",
            f"The file is no whole {kind} picture; take or export it again",
        ) from None
    display.seek(0)
    return display


def _refused(code: FileErrorCode, zh: str, en: str) -> DomainError:
    return DomainError(Fault(code, zh, en, _FIELD))
