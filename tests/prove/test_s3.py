"""Files in a bucket: another program that speaks S3, installed for the proof from its own lock."""

import subprocess
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from infra.launcher import free_port
from infra.settings import settings
from tests.harness.county import County
from tests.infra.test_storage import keeps_its_promises
from tests.schema.asking import data, send
from tests.schema.files.pictures import exif_of, photo, uploaded

LOCK = Path(__file__).with_name("s3.txt")
_START_S = 60.0


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The setting that leads to an empty bucket."""
    folder = tmp_path_factory.mktemp("s3")
    venv.create(folder / "env", with_pip=True)
    pip = [str(folder / "env/bin/pip"), "install", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "-r", str(LOCK)], check=True)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (folder / "output.log").open("wb") as log:
        server = subprocess.Popen(
            [str(folder / "env/bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + _START_S
        while True:
            try:
                httpx2.put(f"{endpoint}/county-files").raise_for_status()
                break
            except httpx2.TransportError:
                assert server.poll() is None and time.monotonic() < until, log.name
                time.sleep(0.1)
        yield f"s3://county-files/wangge?endpoint={endpoint}&region=us-east-1"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def stored(bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """This process's files lie in the bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "proof")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "proof")
    monkeypatch.setenv("WANGGE_STORAGE_URL", bucket)
    settings.cache_clear()
    return bucket


@pytest.mark.prove
async def test_a_bucket_does_what_a_folder_does(stored: str) -> None:
    await keeps_its_promises()


@pytest.mark.prove
async def test_a_photo_goes_through_the_bucket(county: County, stored: str) -> None:
    settings.cache_clear()
    content = photo()
    opaque = await uploaded(county.token("officer1"), content)
    asked = "query($id: ID!) { file(id: $id) { url } }"
    found = await data(county.token("officer1"), asked, id=opaque)
    shown = await send("GET", path=found["file"]["url"])
    assert shown.status_code == 200 and exif_of(shown.content) == ({}, {})
    endpoint = stored.partition("endpoint=")[2].partition("&")[0]
    listed = httpx2.get(f"{endpoint}/county-files?list-type=2").text
    assert f"wangge/{county.number}/" in listed
    assert not (settings().data_dir / "files" / str(county.number)).exists()
