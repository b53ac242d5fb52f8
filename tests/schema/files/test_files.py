"""A file from its announcement to its download, and everything that is no file of ours."""

import asyncio
import hashlib
import io
import time
import zlib
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from PIL import Image

from infra.ids import decode_id, encode_id, new_id
from infra.settings import settings
from services.files import links
from services.files.links import Link
from services.files.models import FileType
from services.files.policies import IMAGE_MIB, STAGED_MOST
from services.files.rules import Copy, sniff
from services.files.service import Subject, attach
from tenants import policies
from tenants.session import unit_of_work
from tests.harness.county import SINCE, County, open_supervisor
from tests.schema.asking import ask, data, send
from tests.schema.files.pictures import (
    MAKE,
    document,
    exif_of,
    photo,
    posted,
    staged,
    uploaded,
)

_FILE = """query($id: ID!) { file(id: $id) {
  id type purpose status sizeBytes sha256 url uploadedAt tenant { publicCode } } }"""
_ORIGINAL = """mutation($input: FileOriginalOpenInput!) { fileOriginalOpen(input: $input) {
  original { url expiresAt } userErrors { code field } } }"""
REASON = "核对拍摄时间和地点"


def _uuid(opaque: str) -> Any:
    decoded = decode_id(opaque)
    assert decoded is not None
    return decoded.id


async def _file(county: County, who: str, opaque: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await data(county.token(who), _FILE, id=opaque))["file"]
    return found


async def _attached(county: County, who: str, opaque: str, unit: str | None = "school1") -> None:
    principal = await county.principal(who)
    async with unit_of_work(principal.scope, "test") as session:
        subject = Subject("problem", new_id(), county.units[unit] if unit else None)
        await attach(session, [_uuid(opaque)], subject)


async def test_a_photo_from_the_phone_to_the_screen(county: County) -> None:
    content = photo()
    opaque = await uploaded(county.token("officer1"), content)
    file = await _file(county, "officer1", opaque)
    assert file is not None
    assert (file["type"], file["purpose"], file["status"]) == ("JPEG", "EVIDENCE", "STAGED")
    assert file["sizeBytes"] == len(content)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    shown = await send("GET", path=file["url"])
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-disposition"] == f'attachment; filename="{_uuid(opaque)}.jpg"'
    assert "sandbox" in shown.headers["content-security-policy"]
    assert int(shown.headers["content-length"]) == len(shown.content)
    # The place is gone, the picture stands upright and shows what it showed.
    assert exif_of(shown.content) == ({}, {})
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.size == (32, 64)
        red, _, blue = picture.getpixel((16, 4))  # type: ignore[misc]
        assert red > 200 > 60 > blue
    head = await send("HEAD", path=file["url"])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == shown.headers["content-length"]


async def test_the_original_is_kept_and_opened_with_a_reason_alone(
    county: County, admin: asyncpg.Connection
) -> None:
    content = photo()
    # The control: the original has what the display copy must not have.
    assert exif_of(content)[0][MAKE] == "Wangge phone" and 2 in exif_of(content)[1]
    opaque = await uploaded(county.token("officer1"), content)
    await _attached(county, "officer1", opaque)
    asked = {"id": opaque, "reason": REASON}
    for who in ("officer1", "clue_officer"):
        body = await ask(county.token(who), _ORIGINAL, input=asked)
        assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN", who
    officer = county.token("county_officer")
    refused = await data(officer, _ORIGINAL, input=asked | {"reason": "看"})
    assert refused["fileOriginalOpen"]["userErrors"][0]["code"] == "TEXT_LENGTH"
    told = "SELECT count(*) FROM audit_link WHERE subjects LIKE 'file.original:%'"
    assert await admin.fetchval(told) == 0
    answer = (await data(officer, _ORIGINAL, input=asked))["fileOriginalOpen"]
    got = await send("GET", path=answer["original"]["url"])
    assert got.content == content
    assert await admin.fetchval(told + f" AND subjects LIKE '%{REASON}'") == 1


async def test_a_document_comes_back_as_it_was(county: County) -> None:
    content = document()
    opaque = await uploaded(county.token("officer1"), content)
    file = await _file(county, "officer1", opaque)
    assert file is not None and file["type"] == "PDF"
    got = await send("GET", path=file["url"])
    assert (got.content, got.headers["content-type"]) == (content, "application/pdf")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_other_pictures_lose_their_place_too(county: County, kind: str) -> None:
    content = photo(kind)
    assert 2 in exif_of(content)[1]
    file = await _file(county, "officer1", await uploaded(county.token("officer1"), content))
    assert file is not None and file["type"] == kind
    shown = (await send("GET", path=file["url"])).content
    assert exif_of(shown) == ({}, {}) and b"Wangge phone" not in shown
    with Image.open(io.BytesIO(shown)) as picture:
        assert picture.format == kind and picture.size == (32, 64)


async def test_no_name_is_kept(county: County, admin: asyncpg.Connection) -> None:
    """The sender's file name may be a person's; it is nowhere afterwards."""
    upload = await staged(county.token("officer1"))
    name = "举报人张某某.jpg"
    answer = await posted(county.token("officer1"), upload["url"], photo(), name=name)
    assert answer.status_code == 201
    paths = [str(p) for p in (settings().data_dir / "files").rglob("*")]
    assert paths and not any("张" in path for path in paths)
    assert "张" not in str(await admin.fetch("SELECT * FROM file"))


def _polyglots() -> dict[str, tuple[bytes, str]]:
    html = b"<!doctype html><script>alert(1)</script>"
    png = photo("PNG")
    return {
        "html called jpg": (html, "FILE_TYPE_NOT_ALLOWED"),
        "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "FILE_TYPE_NOT_ALLOWED"),
        "gif with script": (b"GIF89a/*" + html + b"*/", "FILE_TYPE_NOT_ALLOWED"),
        "program": (b"MZ" + bytes(100), "FILE_TYPE_NOT_ALLOWED"),
        "archive": (b"PK\x03\x04" + bytes(100), "FILE_TYPE_NOT_ALLOWED"),
        "video": (b"\x00\x00\x00\x18ftypmp42" + bytes(100), "FILE_TYPE_NOT_ALLOWED"),
        "pdf later on": (b"\n" + document(), "FILE_TYPE_NOT_ALLOWED"),
        "pdf without end": (b"%PDF-1.7\n" + html, "FILE_TYPE_NOT_ALLOWED"),
        "html behind a jpeg's first bytes": (b"\xff\xd8\xff\xe0" + html, "FILE_DAMAGED"),
        "png renamed by its first bytes": (b"\xff\xd8\xff" + png[3:], "FILE_DAMAGED"),
        "half a picture": (photo(size=(640, 480))[:-900], "FILE_DAMAGED"),
        "webp without picture": (b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(8), "FILE_DAMAGED"),
        "900 million pixels": (_of_size(png, 30_000), "FILE_TOO_LARGE"),
        "100 million pixels": (_of_size(png, 10_000), "FILE_TOO_LARGE"),
        "a text chunk that explodes": (_exploding(png), "FILE_DAMAGED"),
        "nothing": (b"", "FILE_EMPTY"),
    }


def _of_size(png: bytes, edge: int) -> bytes:
    """A PNG that says it has another size; what comes of it would be drawn in memory."""
    head = b"IHDR" + edge.to_bytes(4, "big") * 2 + png[24:29]
    return png[:12] + head + zlib.crc32(head).to_bytes(4, "big") + png[33:]


def _exploding(png: bytes) -> bytes:
    """A PNG with a compressed text of 4 MB before its pixels."""
    body = b"zTXtComment\x00\x00" + zlib.compress(bytes(4 << 20))
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


async def test_what_is_no_picture_and_no_document_is_refused(
    county: County, admin: asyncpg.Connection
) -> None:
    token = county.token("officer1")
    for name, (content, code) in _polyglots().items():
        upload = await staged(token)
        answer = await posted(token, upload["url"], content)
        assert answer.status_code == 422, (name, answer.text)
        (error,) = answer.json()["userErrors"]
        assert (error["code"], error["field"]) == (code, ["file"]), name
    assert await admin.fetchval("SELECT count(*) FROM file") == 0
    assert await admin.fetchval("SELECT count(begun_at) FROM staged_upload") == 0


async def test_a_picture_with_a_program_behind_it_is_shown_without_it(county: County) -> None:
    """Phones write behind the end of a JPEG too, so it is taken; the copy is drawn anew."""
    hidden = b"PK\x03\x04<script>steal()</script>"
    content = photo() + hidden
    file = await _file(county, "officer1", await uploaded(county.token("officer1"), content))
    assert file is not None
    shown = (await send("GET", path=file["url"])).content
    assert b"script" not in shown and b"PK\x03\x04" not in shown


def test_a_large_picture_is_shown_smaller() -> None:
    from services.files.images import LONGEST_EDGE, draw

    drawn = io.BytesIO()
    draw(io.BytesIO(photo(size=(5_000, 2_500), orientation=1)), FileType.JPEG, drawn)
    with Image.open(drawn) as picture:
        assert max(picture.size) <= LONGEST_EDGE and picture.size[0] == 2 * picture.size[1]


async def test_a_file_over_the_cap(county: County) -> None:
    principal = await county.principal("officer1")
    async with unit_of_work(principal.scope, "test") as session:
        await policies.set_value(session, IMAGE_MIB, 1, SINCE, "试点方案")
    token = county.token("officer1")
    large = photo() + bytes(1 << 20)
    refused = await posted(token, (await staged(token))["url"], large)
    assert refused.status_code == 422
    (error,) = refused.json()["userErrors"]
    assert error["code"] == "FILE_TOO_LARGE" and "1 MiB" in error["message"]
    # The control: a byte less than the cap goes through.
    fits = photo() + bytes((1 << 20) - len(photo()))
    assert (await posted(token, (await staged(token))["url"], fits)).status_code == 201


async def test_a_body_over_the_deployments_cap_is_cut_off(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "upload_mib", 1)
    token = county.token("officer1")
    upload = await staged(token)
    answer = await posted(token, upload["url"], bytes(3 << 20))
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await posted(token, upload["url"], photo())).status_code == 201


async def test_an_upload_takes_the_token_of_who_announced_it(
    county: County, other_county: County
) -> None:
    upload = await staged(county.token("officer1"))
    # Nothing ambient is trusted, so that a form of another page has nothing to ride on.
    without = await posted(None, upload["url"], photo())
    assert without.status_code == 401
    cookie = {"Cookie": f"token={county.token('officer1')}"}
    ridden = await send("POST", path=upload["url"], files={"file": photo()}, headers=cookie)
    assert ridden.status_code == 401
    for token in (county.token("officer2"), other_county.token("officer1")):
        answer = await posted(token, upload["url"], photo())
        assert answer.status_code == 422
        assert answer.json()["userErrors"][0]["code"] == "NOT_FOUND"
    number, account = await open_supervisor()
    province = County(number, "shaanxi", {}, {}, {"supervisor": account})
    answer = await posted(province.token("supervisor"), upload["url"], photo())
    assert answer.status_code == 403
    assert (await posted(county.token("officer1"), upload["url"], photo())).status_code == 201


async def test_an_upload_has_one_file(county: County) -> None:
    token = county.token("officer1")
    upload = await staged(token)
    # A form that is none leaves the upload open.
    for sent in (
        {"files": [("file", photo()), ("file", photo())]},
        {"files": {"other": photo()}},
        {"data": {"file": "text"}, "files": {"other": b""}},
        {"content": photo(), "headers": {"content-type": "multipart/form-data"}},
        {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=y"}},
    ):
        headers = {"Authorization": f"Bearer {token}"} | sent.pop("headers", {})  # type: ignore[dict-item, operator]
        answer = await send("POST", path=upload["url"], headers=headers, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 400, sent
    json = await send(
        "POST", path=upload["url"], json={}, headers={"Authorization": f"Bearer {token}"}
    )
    assert json.status_code == 415 and json.headers["accept-post"] == "multipart/form-data"
    both = await asyncio.gather(
        *(posted(token, upload["url"], photo(orientation=turned)) for turned in (1, 6))
    )
    assert sorted(answer.status_code for answer in both) == [201, 422]
    again = await posted(token, upload["url"], photo())
    assert again.json()["userErrors"][0]["code"] == "UPLOAD_USED"


async def test_not_more_uploads_wait_than_may(county: County) -> None:
    principal = await county.principal("officer1")
    async with unit_of_work(principal.scope, "test") as session:
        await policies.set_value(session, STAGED_MOST, 2, SINCE, "试点方案")
    token = county.token("officer1")
    await staged(token)
    await staged(token)
    document = """mutation { stagedUploadCreate(input: {purpose: DOCUMENT}) {
      upload { url } userErrors { code } } }"""
    answer = (await data(token, document))["stagedUploadCreate"]
    assert answer == {"upload": None, "userErrors": [{"code": "TOO_MANY_STAGED"}]}


async def test_who_sees_a_file(county: County, other_county: County) -> None:
    opaque = await uploaded(county.token("officer1"), photo())
    others = ("officer2", "area_lead", "county_officer")
    assert [await _file(county, who, opaque) for who in others] == [None] * 3
    await _attached(county, "officer1", opaque)
    seen = {who: await _file(county, who, opaque) is not None for who in ("officer1", *others)}
    assert seen == {"officer1": True, "officer2": False, "area_lead": True, "county_officer": True}
    assert await _file(other_county, "county_officer", opaque) is None
    number, account = await open_supervisor()
    province = County(number, "shaanxi", {}, {}, {"supervisor": account})
    body = await ask(province.token("supervisor"), _FILE, id=opaque)
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_link_that_is_bent_or_over_opens_nothing(
    county: County, other_county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await uploaded(county.token("officer1"), photo())
    theirs = await uploaded(other_county.token("officer1"), photo())
    file = await _file(county, "officer1", mine)
    assert file is not None
    url = file["url"]
    assert (await send("GET", path=url)).status_code == 200
    said = url.removeprefix(links.PATH).split(".")
    bent = {
        "another tenant": [str(other_county.number), *said[1:]],
        "another file": [said[0], _uuid(theirs).hex, *said[2:]],
        "the original": [*said[:2], "original", *said[3:]],
        "a later end": [*said[:3], str(int(said[3]) + 60), said[4]],
        "another signature": [*said[:4], "A" * len(said[4])],
        "no signature": said[:4],
        "no link": ["favicon", "ico"],
    }
    for name, words in bent.items():
        answer = await send("GET", path=links.PATH + ".".join(words))
        assert answer.status_code == 404, name
    # What is rightly signed for a file of another tenant is no file of this one.
    crossed = Link(county.number, _uuid(theirs), Copy.DISPLAY, int(time.time()) + 60)
    assert (await send("GET", path=links.sign(crossed))).status_code == 404
    over = time.time() + links.LIFETIME_S + 1
    monkeypatch.setattr("services.files.links.time.time", lambda: over)
    assert (await send("GET", path=url)).status_code == 404


async def test_a_suspended_tenants_links_stop(county: County, admin: asyncpg.Connection) -> None:
    file = await _file(county, "officer1", await uploaded(county.token("officer1"), photo()))
    assert file is not None
    await admin.execute("UPDATE tenant SET status = 'SUSPENDED' WHERE number = $1", county.number)
    assert (await send("GET", path=file["url"])).status_code == 404


def _lose(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


async def test_a_file_whose_bytes_are_lost_is_not_found(county: County) -> None:
    opaque = await uploaded(county.token("officer1"), photo())
    file = await _file(county, "officer1", opaque)
    assert file is not None
    _lose(settings().data_dir / "files" / str(county.number) / str(_uuid(opaque)))
    assert (await send("GET", path=file["url"])).status_code == 404


async def test_other_methods_are_told_what_is_right(county: County) -> None:
    unknown = links.PATH + encode_id("File", county.number, new_id())
    answer = await send("PUT", path=unknown)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert (await send("OPTIONS", path=unknown)).headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_types_are_told_by_bytes() -> None:
    known = {kind: photo(kind) for kind in ("JPEG", "PNG", "WEBP")} | {"PDF": document()}
    for kind, content in known.items():
        assert sniff(io.BytesIO(content)) == kind
        assert sniff(io.BytesIO(content[1:])) is None
