"""Where uploaded bytes lie: a local folder, or a bucket that speaks S3; one setting says which."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.store import LocalStore, S3Store

from infra.settings import settings

if TYPE_CHECKING:
    from obstore.store import S3Config

_PART_BYTES = 8 << 20
_PARTS_AT_ONCE = 2
"""An upload holds at most this many parts in memory."""
_CHUNK_BYTES = 256 << 10


class Absent(LookupError):
    """Nothing is stored under that path."""


@cache
def _opened(url: str | None, folder: Path) -> LocalStore | S3Store:
    if url is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(folder)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise RuntimeError("WANGGE_STORAGE_URL is s3://bucket/prefix?endpoint=…&region=…")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if unknown := options.keys() - {"endpoint", "region"}:
        raise RuntimeError(f"WANGGE_STORAGE_URL knows endpoint and region, not {sorted(unknown)}")
    config: S3Config = {}
    if "endpoint" in options:
        config["endpoint"] = options["endpoint"]
    if "region" in options:
        config["region"] = options["region"]
    plain = options.get("endpoint", "").startswith("http://")
    prefix = parts.path.strip("/") or None
    return S3Store(parts.netloc, prefix=prefix, config=config, client_options={"allow_http": plain})


def _store() -> LocalStore | S3Store:
    return _opened(settings().storage_url, (settings().data_dir / "files").resolve())


async def put(path: str, content: IO[bytes]) -> None:
    """Store what is left to read of an open file under a path, in parts of bounded size."""
    await obstore.put_async(
        _store(), path, content, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
    )


@dataclass(frozen=True)
class Stored:
    """What lies under a path: how many bytes, and the bytes piece by piece."""

    size_bytes: int
    chunks: AsyncIterator[bytes]


async def get(path: str) -> Stored:
    """Open what lies under a path. Raises Absent."""
    try:
        found = await obstore.get_async(_store(), path)
    except FileNotFoundError as missing:
        raise Absent(path) from missing
    return Stored(found.meta["size"], found.stream(min_chunk_size=_CHUNK_BYTES).__aiter__())


async def delete(*paths: str) -> None:
    """Remove what is stored under these paths; what is not there is no fault."""
    for path in paths:
        try:
            await obstore.delete_async(_store(), path)
        except FileNotFoundError:
            continue
