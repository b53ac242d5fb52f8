"""Attaching: once, by the uploader, in the tenant, together with what it is attached to."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from infra.errors import DomainError, Forbidden
from infra.ids import new_id
from services.files.intake import Found
from services.files.models import FilePurpose, FileType
from services.files.service import (
    StageUpload,
    Subject,
    attach,
    begin_upload,
    finish_upload,
    stage_upload,
)
from tenants.session import unit_of_work
from tests.harness.county import County


async def _staged(county: County, who: str) -> UUID:
    """A staged file; its bytes are nowhere."""
    principal = await county.principal(who)
    async with unit_of_work(principal.scope, "test") as session:
        upload = await stage_upload(session, principal, StageUpload(FilePurpose.EVIDENCE))
        await begin_upload(session, principal, upload.id)
        found = Found(FileType.PNG, 1, bytes(32), None)
        await finish_upload(session, principal, upload.id, found)
    return upload.id


async def _attach(county: County, who: str, *ids: UUID) -> list[UUID]:
    principal = await county.principal(who)
    async with unit_of_work(principal.scope, "test") as session:
        subject = Subject("problem", new_id(), county.units["school1"])
        return [file.id for file in await attach(session, ids, subject, "photos")]


async def _refusal(county: County, who: str, *ids: UUID) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(DomainError) as refused:
        await _attach(county, who, *ids)
    return [(fault.code.value, fault.field) for fault in refused.value.faults]


async def test_a_file_is_attached_once_and_waits_no_more(
    county: County, admin: asyncpg.Connection
) -> None:
    first, second = await _staged(county, "officer1"), await _staged(county, "officer1")
    assert await _attach(county, "officer1", second, first) == [second, first]
    assert await admin.fetchval("SELECT count(*) FROM staged_upload") == 0
    rows = await admin.fetch("SELECT status, subject_kind, unit_id FROM file")
    assert {tuple(row) for row in rows} == {("ATTACHED", "problem", county.units["school1"])}
    third = await _staged(county, "officer1")
    assert await _refusal(county, "officer1", third, first) == [("FILE_TAKEN", ("photos", "1"))]
    # All or nothing: the third is still to be had.
    assert await _attach(county, "officer1", third) == [third]


async def test_by_nobody_but_its_uploader(county: County, other_county: County) -> None:
    mine, unknown = await _staged(county, "officer1"), new_id()
    for asker, who in ((county, "county_officer"), (county, "officer2"), (other_county, "leader")):
        assert await _refusal(asker, who, mine, unknown) == [
            ("NOT_FOUND", ("photos", "0")),
            ("NOT_FOUND", ("photos", "1")),
        ]
    repeated = await _refusal(county, "officer1", mine, mine)
    assert repeated == [("FILE_REPEATED", ("photos", "1"))]
    async with unit_of_work(county.scope, "test") as session:
        with pytest.raises(DomainError):
            await attach(session, [mine], Subject("problem", new_id()))
    assert await _attach(county, "officer1", mine) == [mine]


async def test_two_things_at_once_do_not_get_one_file(county: County) -> None:
    for _ in range(3):
        mine = await _staged(county, "officer1")
        tries = [_attach(county, "officer1", mine) for _ in range(4)]
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert [one for one in done if not isinstance(one, DomainError)] == [[mine]]


async def test_crossed_orders_do_not_wait_for_each_other_forever(county: County) -> None:
    ids = [await _staged(county, "officer1") for _ in range(4)]
    tries = [_attach(county, "officer1", *order) for order in (ids, ids[::-1])]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, list) for one in done) == 1
    assert sum(isinstance(one, DomainError) for one in done) == 1


async def test_who_may_not_upload_announces_nothing(county: County) -> None:
    principal = await county.principal("admin")
    bank = type(principal)(**{**vars(principal), "permissions": frozenset()})
    async with unit_of_work(principal.scope, "test") as session:
        with pytest.raises(Forbidden):
            await stage_upload(session, bank, StageUpload(FilePurpose.DOCUMENT))
