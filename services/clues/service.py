"""Commands of staff: triage a clue, answer it, open its reporter."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError, Fault, NotFound
from infra.outbox import publish
from services.clues import queries, rules
from services.clues.deadlines import REPLY, TRIAGE
from services.clues.errors import ClueErrorCode
from services.clues.events import ClueReplied, ClueTriaged
from services.clues.intake import PHONE_COLUMN
from services.clues.models import Clue, ClueStatus, ReplyChannel
from services.deadlines import service as deadlines
from services.metrics.service import record
from tenants import keys
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.session import now_of


@dataclass(frozen=True)
class TriageClue:
    """A decision on a report: a reason where it is rejected, a question where it is unclear."""

    clue_id: UUID
    status: ClueStatus
    reason: str | None = None
    merged_into_id: UUID | None = None


@dataclass(frozen=True)
class ReplyClue:
    """The answer to the reporter and how it was given; `proof` says where that is recorded."""

    clue_id: UUID
    text: str
    channel: ReplyChannel
    proof: str | None = None


@dataclass(frozen=True)
class OpenReporter:
    """To see a reporter's number, and why."""

    clue_id: UUID
    reason: str


async def triage_clue(session: AsyncSession, principal: Principal, command: TriageClue) -> Clue:
    """Decide on a report (SM-5). Raises Forbidden, NotFound, DomainError."""
    require(principal, Permission.CLUE_TRIAGE)
    ids = {one for one in (command.clue_id, command.merged_into_id) if one is not None}
    found = await queries.lock_clues(session, ids)
    clue = found.get(command.clue_id)
    if clue is None:
        raise NotFound("id")
    faults = [rules.step_fault(ClueStatus(clue.status), rules.TRIAGED_FROM)]
    if command.status in (ClueStatus.REJECTED, ClueStatus.NEED_INFO):
        field = "reason" if command.status is ClueStatus.REJECTED else "question"
        faults.append(rules.text_fault(field, command.reason or "", 2, 500))
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    if command.status is ClueStatus.MERGED:
        _merge(clue, command, found)
    clue.status = command.status
    clue.triaged_at = now_of(session)
    reason = (command.reason or "").strip() or None
    if command.status is ClueStatus.NEED_INFO:
        clue.info_wanted = reason
    else:
        clue.status_reason = reason
    clue.version += 1
    await session.flush()
    await deadlines.satisfy(session, TRIAGE, clue.id)
    if command.status is ClueStatus.ACCEPTED:
        await record(session, "clues.accepted", numerator=1)
    await publish(session, ClueTriaged(clue.tenant_id, clue.id, command.status))
    return clue


def _merge(clue: Clue, command: TriageClue, found: dict[UUID, Clue]) -> None:
    if command.merged_into_id is None or command.merged_into_id == clue.id:
        raise DomainError(
            Fault(
                ClueErrorCode.MERGE_INTO_ITSELF,
                "请选择另一条线索作为合并目标",
                "Choose another clue to merge into",
                ("into",),
            )
        )
    target = found.get(command.merged_into_id)
    if target is None:
        raise NotFound("into")
    if target.status == ClueStatus.MERGED:
        raise DomainError(
            Fault(
                ClueErrorCode.TARGET_IS_MERGED,
                "目标线索本身已被合并，请选择最早的一条",
                "The target is merged itself; choose the earliest",
                ("into",),
            )
        )
    if target.received_at > clue.received_at:
        raise DomainError(
            Fault(
                ClueErrorCode.TARGET_IS_LATER,
                "只能并入更早收到的线索",
                "Merge into the clue that was received first",
                ("into",),
            )
        )
    clue.merged_into_id = target.id


async def reply_clue(session: AsyncSession, principal: Principal, command: ReplyClue) -> Clue:
    """Answer the reporter, once (S3-14). Raises Forbidden, NotFound, DomainError."""
    require(principal, Permission.CLUE_REPLY)
    clue = await queries.lock_clue(session, command.clue_id)
    faults = [
        rules.step_fault(ClueStatus(clue.status), rules.REPLIED_FROM),
        rules.text_fault("text", command.text, 5, 1_000),
    ]
    if clue.replied_at is not None:
        faults.append(
            Fault(
                ClueErrorCode.ALREADY_REPLIED,
                "该线索已答复",
                "The clue has its answer already",
                ("id",),
            )
        )
    if command.channel is ReplyChannel.PHONE or command.proof is not None:
        faults.append(rules.text_fault("proof", command.proof or "", 2, 200))
    if command.channel is ReplyChannel.SMS:
        reporter = await queries.reporter_of(session, clue.id)
        if reporter is None:
            faults.append(
                Fault(
                    ClueErrorCode.NO_PHONE,
                    "举报人未留手机号，不能以短信答复，请改用回执方式",
                    "The reporter left no number; answer by receipt",
                    ("channel",),
                )
            )
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    clue.reply_text = command.text.strip()
    clue.reply_channel = command.channel
    clue.reply_proof = command.proof.strip() if command.proof is not None else None
    clue.replied_at = now_of(session)
    clue.version += 1
    await session.flush()
    reply_deadline = await deadlines.satisfy(session, REPLY, clue.id)
    await record(session, "clues.replied", numerator=1)
    if reply_deadline is not None and clue.replied_at < reply_deadline.due_at:
        await record(session, "clues.replied_in_time", numerator=1)
    await publish(session, ClueReplied(clue.tenant_id, clue.id))
    return clue


async def open_reporter(
    session: AsyncSession, principal: Principal, command: OpenReporter
) -> str | None:
    """The reporter's number, or None when none was left; the audit chain keeps who and why."""
    require(principal, Permission.REPORTER_OPEN)
    clue = await queries.lock_clue(session, command.clue_id)
    if fault := rules.text_fault("reason", command.reason, 5, 200):
        raise DomainError(fault)
    reporter = await queries.reporter_of(session, clue.id)
    session.info["subjects"].append(f"reporter.open:{clue.id}:{command.reason.strip()}")
    if reporter is None:
        return None
    return await keys.unseal(session, clue.tenant_id, PHONE_COLUMN, reporter.id, reporter.phone)
