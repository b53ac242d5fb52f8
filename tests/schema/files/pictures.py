"""Pictures and documents made for tests, and the way of a file through the API."""

import io
from typing import Any

import httpx2
from PIL import Image

from tests.schema.asking import data, send

_STAGE = """mutation($input: StagedUploadCreateInput!) { stagedUploadCreate(input: $input) {
  upload { url method parameters { name value } resourceUrl expiresAt }
  userErrors { code field } } }"""

GPS_IFD = 0x8825
MAKE, ORIENTATION, PLACE = 0x010F, 0x0112, "34.9566"


def photo(
    kind: str = "JPEG", size: tuple[int, int] = (64, 32), orientation: int = 6, **options: Any
) -> bytes:
    """A picture with a maker, an orientation and a place in its EXIF; left half red."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = picture.getexif()
    exif[MAKE], exif[ORIENTATION] = "Wangge phone", orientation
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (34.0, 57.0, 23.76), 3: "E", 4: (109.0, 35.0, 1.0)})
    written = io.BytesIO()
    picture.save(written, kind, exif=exif, **options)
    return written.getvalue()


def exif_of(content: bytes) -> tuple[dict[int, Any], dict[int, Any]]:
    """The EXIF of a picture, and that of its place."""
    with Image.open(io.BytesIO(content)) as picture:
        found = picture.getexif()
        return dict(found), dict(found.get_ifd(GPS_IFD))


def document(size: int = 2_000) -> bytes:
    """Bytes that begin and end as a PDF does."""
    return b"%PDF-1.7\n" + b"x" * size + b"\n%%EOF\n"


async def staged(token: str | None, purpose: str = "EVIDENCE") -> dict[str, Any]:
    """A prepared upload."""
    answer = await data(token, _STAGE, input={"purpose": purpose})
    upload: dict[str, Any] = answer["stagedUploadCreate"]["upload"]
    return upload


async def posted(
    token: str | None, url: str, content: bytes, name: str = "file.jpg", kind: str = "image/jpeg"
) -> httpx2.Response:
    """The answer to a form with one file."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await send("POST", path=url, files={"file": (name, content, kind)}, headers=headers)


async def uploaded(token: str, content: bytes) -> str:
    """The id of a file that was announced and sent."""
    upload = await staged(token)
    answer = await posted(token, upload["url"], content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["file"]["id"])
