"""Files as a GraphQL type."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func

from schema.compiler.declarations import Node, column, computed, node, one
from schema.organisation.types import Tenant
from schema.organisation.vocabulary import vocabulary
from services.files import links, models, visibility
from services.files.models import FilePurpose, FileStatus, FileType
from services.files.rules import IMAGES, Copy
from tenants.access import Permission

vocabulary(
    FileType,
    "文件类型 — what the bytes of a file are",
    JPEG="照片 — JPEG",
    PNG="图像 — PNG",
    WEBP="网络图片 — WebP",
    PDF="文档 — PDF",
)
vocabulary(
    FilePurpose,
    "文件用途 — what a file is for",
    EVIDENCE="证据 — evidence of a matter",
    DOCUMENT="文书 — document of an office",
)
vocabulary(
    FileStatus,
    "文件状态 — whether a file belongs to something",
    STAGED="待用 — uploaded and removed if nothing takes it in time",
    ATTACHED="已使用 — belongs to one thing for good",
)


async def _urls(_context: Any, rows: list[dict[str, Any]]) -> list[str | Exception]:
    """A fresh link for each file: the display copy of a picture, a document itself."""
    return [
        links.sign(
            links.link_to(
                row["tenant_id"],
                UUID(row["id"]),
                Copy.DISPLAY if row["type"] in IMAGES else Copy.ORIGINAL,
            )
        )
        for row in rows
    ]


@node(models.File, visible=visibility.visible, description="文件 — an uploaded picture or document")
class File(Node):
    tenant: Tenant = one(models.File.tenant_id, "租户 — jurisdiction of the file")
    type: FileType = column(models.File.type, "类型 — what its bytes are")
    purpose: FilePurpose = column(models.File.purpose, "用途 — what it is for")
    status: FileStatus = column(models.File.status, "状态 — staged or attached")
    size_bytes: int = column(models.File.size_bytes, "大小 — bytes of the original")
    sha256: str = column(
        func.encode(models.File.sha256, "hex"), "摘要 — SHA-256 of the original, hexadecimal"
    )
    uploaded_at: datetime = column(models.File.uploaded_at, "上传时间 — when its bytes arrived")
    url: str | None = computed(
        _urls,
        "下载地址 — signed, for 10 minutes, a path on this host; of a picture the display copy,"
        " turned upright, at most 2,560 pixels and without metadata",
        requires=Permission.FILE_READ,
        tenant_id=models.File.tenant_id,
        id=models.File.id,
        type=models.File.type,
    )
