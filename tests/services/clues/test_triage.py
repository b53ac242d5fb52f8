"""Triage and reply where two clues or two officers meet."""

import asyncio
import secrets
from uuid import UUID

import asyncpg
import pytest

from infra.errors import DomainError
from services.clues.intake import ReportClue, report_clue
from services.clues.models import ClueChannel, ClueStatus, ReplyChannel
from services.clues.service import ReplyClue, TriageClue, reply_clue, triage_clue
from services.problems.models import ViolationType
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import County

TEXT = "已经核查处理完毕。"


async def reported(county: County, admin: asyncpg.Connection) -> UUID:
    """A new report's id."""
    command = ReportClue(
        secrets.token_urlsafe(24),
        ClueChannel.WEB,
        ViolationType.UNLICENSED,
        "某培训中心",
        "周末在居民楼内给二十名学生上数学课。",
    )
    async with unit_of_work(Scope.public(county.number), "clue.report") as session:
        receipt = await report_clue(session, command)
    found: UUID = await admin.fetchval(
        "SELECT id FROM clue WHERE ticket_no = $1", receipt.ticket_no
    )
    return found


async def merge(county: County, clue: UUID, into: UUID) -> str:
    """The code of the refusal, or the status reached."""
    officer = await county.principal("clue_officer")
    command = TriageClue(clue, ClueStatus.MERGED, merged_into_id=into)
    try:
        async with unit_of_work(officer.scope, "clue.merge") as session:
            return str((await triage_clue(session, officer, command)).status)
    except DomainError as refused:
        return refused.faults[0].code


async def reply(
    county: County, clue: UUID, channel: ReplyChannel, proof: str | None = None
) -> list[tuple[str, ...]]:
    """Fields at fault, empty when the reporter was answered."""
    officer = await county.principal("clue_officer")
    try:
        async with unit_of_work(officer.scope, "clue.reply") as session:
            await reply_clue(session, officer, ReplyClue(clue, TEXT, channel, proof))
    except DomainError as refused:
        return [fault.field for fault in refused.faults]
    return []


async def test_a_clue_is_merged_into_the_earlier_one_only(
    county: County, admin: asyncpg.Connection
) -> None:
    earlier, later = await reported(county, admin), await reported(county, admin)
    assert await merge(county, earlier, later) == "TARGET_IS_LATER"
    assert await merge(county, later, earlier) == "MERGED"


async def test_two_officers_who_merge_crosswise_both_get_an_answer(
    county: County, admin: asyncpg.Connection
) -> None:
    """Locked in the order asked for, ten of twenty-four such merges died of a deadlock."""
    for _ in range(12):
        earlier, later = await reported(county, admin), await reported(county, admin)
        answers = await asyncio.gather(merge(county, later, earlier), merge(county, earlier, later))
        assert answers[0] == "MERGED"
        assert answers[1] in ("TARGET_IS_LATER", "TARGET_IS_MERGED")


async def test_the_reporter_of_a_merged_clue_is_answered_too(
    county: County, admin: asyncpg.Connection
) -> None:
    earlier, later = await reported(county, admin), await reported(county, admin)
    await merge(county, later, earlier)
    assert await reply(county, later, ReplyChannel.RECEIPT) == []
    # The control: what nobody has decided on cannot be answered.
    assert await reply(county, earlier, ReplyChannel.RECEIPT) == [("id",)]


@pytest.mark.parametrize("channel", [ReplyChannel.RECEIPT, ReplyChannel.PHONE])
@pytest.mark.parametrize("proof", ["a\x00b", "x" * 201, ""])
async def test_a_proof_is_judged_whatever_the_channel(
    county: County, admin: asyncpg.Connection, channel: ReplyChannel, proof: str
) -> None:
    clue = await reported(county, admin)
    officer = await county.principal("clue_officer")
    async with unit_of_work(officer.scope, "clue.accept") as session:
        await triage_clue(session, officer, TriageClue(clue, ClueStatus.ACCEPTED))
    assert await reply(county, clue, channel, proof) == [("proof",)]
    assert await reply(county, clue, channel, "座机通话记录一则") == []
