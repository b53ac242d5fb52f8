"""The local folder keeps what it is given, says what is absent, and takes no strange address."""

import io
import tempfile
from pathlib import Path

import pytest

from infra import storage
from infra.settings import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WANGGE_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return tmp_path / "files"


async def keeps_its_promises() -> None:
    """What every kind of store must do."""
    large = bytes(range(256)) * (80 << 10)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as file:
        file.write(large)
        file.seek(0)
        await storage.put("1/a/original", file)
    stored = await storage.get("1/a/original")
    pieces = [chunk async for chunk in stored.chunks]
    assert stored.size_bytes == len(large) and b"".join(pieces) == large
    assert max(map(len, pieces)) < len(large) / 2
    # A path has one content, the last.
    await storage.put("1/a/original", io.BytesIO(b"again"))
    again = await storage.get("1/a/original")
    assert b"".join([chunk async for chunk in again.chunks]) == b"again"
    await storage.delete("1/a/original", "1/a/display")
    await storage.delete("1/a/original")
    with pytest.raises(storage.Absent):
        await storage.get("1/a/original")


async def test_a_local_folder(folder: Path) -> None:
    await keeps_its_promises()
    assert _mode(folder) == 0o700


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(
    "url", ["http://bucket", "s3:///prefix", "s3://bucket?region=x&secret=y", "/var/files"]
)
async def test_an_address_that_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_STORAGE_URL", url)
    settings.cache_clear()
    with pytest.raises(RuntimeError, match="WANGGE_STORAGE_URL"):
        await storage.get("1/a/original")
    settings.cache_clear()
