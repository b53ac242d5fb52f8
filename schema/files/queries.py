"""Root fields of files."""

import strawberry

from schema.compiler.declarations import by_id
from schema.files.types import File
from tenants.access import Permission


@strawberry.type
class FileQuery:
    file: File | None = by_id("File", "文件 — one file by its id", requires=Permission.FILE_READ)
