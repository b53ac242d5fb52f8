"""Uploads that nothing took are removed, bytes and rows; what was attached stays."""

import io
from uuid import UUID

import asyncpg
import pytest

from infra import storage
from infra.errors import DomainError
from infra.ids import new_id
from services.files.actors import sweep_uploads
from services.files.intake import Found
from services.files.models import FilePurpose, FileType
from services.files.rules import Copy, path
from services.files.service import (
    StageUpload,
    Subject,
    attach,
    begin_upload,
    finish_upload,
    stage_upload,
)
from tenants import actors, relay
from tenants.duties import DUTIES
from tenants.session import unit_of_work
from tests.harness.county import County


async def _uploaded(county: County, *, is_finished: bool = True) -> UUID:
    """A staged file with its bytes, or one whose upload was cut off after them."""
    principal = await county.principal("officer1")
    async with unit_of_work(principal.scope, "test") as session:
        upload = await stage_upload(session, principal, StageUpload(FilePurpose.EVIDENCE))
        await begin_upload(session, principal, upload.id)
    for copy in Copy:
        await storage.put(path(county.number, upload.id, copy), io.BytesIO(b"bytes"))
    if is_finished:
        async with unit_of_work(principal.scope, "test") as session:
            found = Found(FileType.PNG, 5, bytes(32), None)
            await finish_upload(session, principal, upload.id, found)
    return upload.id


async def _attach(county: County, file_id: UUID) -> None:
    principal = await county.principal("officer1")
    async with unit_of_work(principal.scope, "test") as session:
        await attach(session, [file_id], Subject("problem", new_id()))


async def _pass(admin: asyncpg.Connection, hours: int) -> None:
    await admin.execute(f"UPDATE clock_shift SET shift = interval '{hours} h'")


async def _swept() -> int:
    """What the scheduler gives up, and what a worker does of it."""
    found = await sweep_uploads()
    await relay.number()
    for ring in await relay.claim():
        await actors.run(ring.actor, ring.tenant_id, ring.event_id)
    return found


async def _stored(county: County, file_id: UUID) -> list[Copy]:
    kept = []
    for copy in Copy:
        try:
            await storage.get(path(county.number, file_id, copy))
        except storage.Absent:
            continue
        kept.append(copy)
    return kept


async def test_what_nothing_took_in_time_is_removed(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    taken = await _uploaded(county)
    await _attach(county, taken)
    left = [await _uploaded(county), await _uploaded(county, is_finished=False)]
    theirs = await _uploaded(other_county)
    await _pass(admin, 23)
    assert await _swept() == 0 and await _stored(county, left[0]) == list(Copy)
    await _pass(admin, 25)
    assert await _swept() == 3
    assert [await _stored(county, file_id) for file_id in left] == [[], []]
    assert await _stored(other_county, theirs) == []
    # What was attached is there, and nothing else of all that was.
    assert await _stored(county, taken) == list(Copy)
    assert [row["id"] for row in await admin.fetch("SELECT id FROM file")] == [taken]
    assert await admin.fetchval("SELECT count(*) FROM staged_upload") == 0
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0
    assert await _swept() == 0


async def test_what_is_given_up_is_not_attached_any_more(
    county: County, admin: asyncpg.Connection
) -> None:
    late = await _uploaded(county)
    await _pass(admin, 25)
    # Late but not yet swept: nobody's right is changed by a scheduler that is slow or quick.
    await _attach(county, late)
    given_up = await _uploaded(county)
    await _pass(admin, 50)
    assert await sweep_uploads() == 1
    with pytest.raises(DomainError) as refused:
        await _attach(county, given_up)
    assert [fault.code.value for fault in refused.value.faults] == ["FILE_EXPIRED"]


async def test_removing_can_be_cut_off_and_done_again(
    county: County, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = await _uploaded(county)
    await _pass(admin, 25)
    real, calls = storage.delete, 0

    async def cut_off(*paths: str) -> None:
        nonlocal calls
        calls += 1
        await real(paths[0])
        raise OSError("the store went away")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", cut_off)
        await _swept()
    assert calls == 1 and await admin.fetchval("SELECT count(*) FROM file") == 1
    await admin.execute("UPDATE delivery SET available_at = now(), leased_until = NULL")
    await _swept()
    assert await _stored(county, left) == []
    assert await admin.fetchval("SELECT count(*) FROM file") == 0


def test_the_scheduler_does_it_by_itself() -> None:
    assert DUTIES["files.sweep"].work is sweep_uploads
