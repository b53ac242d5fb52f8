"""Uploads that other nouns' tests attach."""

from uuid import UUID

from services.files.intake import Found
from services.files.models import FilePurpose, FileType
from services.files.service import StageUpload, finish_upload, stage_upload
from tenants.session import unit_of_work
from tests.harness.county import County


async def staged(county: County, who: str) -> UUID:
    """A photo that an account has uploaded and nothing has taken; its bytes are nowhere."""
    principal = await county.principal(who)
    async with unit_of_work(principal.scope, "test.upload") as session:
        upload = await stage_upload(session, principal, StageUpload(FilePurpose.EVIDENCE))
        found = Found(FileType.JPEG, 1, bytes(32), None)
        return (await finish_upload(session, principal, upload.id, found)).id
