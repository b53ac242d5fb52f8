"""Commands of the public: report a clue, add to it by receipt."""

import json
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault, NotFound
from infra.identifiers import Wrong, mobile
from infra.ids import new_undatable_id
from infra.outbox import publish
from services.clues import queries, rules
from services.clues.deadlines import REPLY, TRIAGE
from services.clues.errors import ClueErrorCode
from services.clues.events import ClueReceived, ClueSupplemented
from services.clues.models import (
    Clue,
    ClueChannel,
    ClueStatus,
    ClueSupplement,
    OwnerReason,
    Reporter,
)
from services.deadlines import service as deadlines
from services.grids.queries import owner_unit_for
from services.metrics.service import record
from services.notifications.rules import Template
from services.notifications.service import queue_sms
from services.problems.models import ViolationType
from tenants import keys
from tenants.access import RoleCode
from tenants.session import now_of, scope_of

PHONE_COLUMN = "reporter.phone"


@dataclass(frozen=True)
class ReportClue:
    """A report by somebody without a token; `phone` is optional and never shown again."""

    idempotency_key: str
    channel: ClueChannel
    violation_type: ViolationType
    subject_name: str
    facts: str
    place_code: str | None = None
    place_text: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What the reporter keeps: the public ticket number and the secret."""

    ticket_no: str
    secret: str


def receipt_digest(tenant_id: int, ticket_no: str, secret: bytes) -> bytes:
    """What is stored of a receipt: an HMAC under a key outside the database."""
    return crypto.mac("receipt", b"stored", str(tenant_id).encode(), ticket_no.encode(), secret)


def _derive(tenant_id: int, clue_id: UUID, key: str) -> bytes:
    """The receipt secret: only the caller's key gives it again (api-guide, idempotency)."""
    digest = crypto.mac("receipt", b"secret", str(tenant_id).encode(), clue_id.bytes, key.encode())
    return digest[: rules.SECRET_BYTES]


async def report_clue(session: AsyncSession, command: ReportClue) -> Receipt:
    """Take a report in: owner chosen, event published, receipt given, all in one transaction.

    The same key with the same input gives the same receipt and no second clue; a duplicate in
    flight waits. Raises DomainError with every field at fault, or IDEMPOTENCY_KEY_REUSED.
    """
    tenant_id = _tenant(session)
    command, faults = _judge(command)
    if faults:
        raise DomainError(*faults)
    key_mac = crypto.mac(
        "receipt", b"key", str(tenant_id).encode(), command.idempotency_key.encode()
    )
    content = json.dumps(asdict(replace(command, idempotency_key="")), sort_keys=True)
    input_mac = crypto.mac("receipt", b"input", key_mac, content.encode())
    lock = int.from_bytes(key_mac[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(lock)))
    known = await queries.by_key(session, key_mac)
    if known is not None:
        clue_id, ticket_no, former = known
        if former != input_mac:
            raise DomainError(
                Fault(
                    ClueErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "该幂等键已用于另一内容的举报，请换一个新的随机键",
                    "This key was used for another report; make a new random one",
                    ("idempotencyKey",),
                )
            )
        return Receipt(ticket_no, rules.spell(_derive(tenant_id, clue_id, command.idempotency_key)))
    return await _take_in(session, tenant_id, command, key_mac, input_mac)


async def _take_in(
    session: AsyncSession, tenant_id: int, command: ReportClue, key_mac: bytes, input_mac: bytes
) -> Receipt:
    post_id, unit_id, reason = await _owner(session, command.place_code)
    clue_id, ticket_no = new_undatable_id(), rules.new_ticket_no()
    secret = _derive(tenant_id, clue_id, command.idempotency_key)
    received_at = now_of(session)
    session.add(
        Clue(
            tenant_id=tenant_id,
            id=clue_id,
            ticket_no=ticket_no,
            key_mac=key_mac,
            input_mac=input_mac,
            receipt_mac=receipt_digest(tenant_id, ticket_no, secret),
            channel=command.channel,
            violation_type=command.violation_type,
            subject_name=command.subject_name,
            facts=command.facts,
            place_code=command.place_code,
            place_text=command.place_text,
            owner_post_id=post_id,
            owner_unit_id=unit_id,
            owner_reason=reason,
            status=ClueStatus.RECEIVED,
            received_at=received_at,
        )
    )
    await session.flush()
    if command.phone is not None:
        reporter_id = new_undatable_id()
        session.add(
            Reporter(
                tenant_id=tenant_id,
                id=reporter_id,
                clue_id=clue_id,
                phone=await keys.seal(session, tenant_id, PHONE_COLUMN, reporter_id, command.phone),
                phone_mac=crypto.mac("blind", str(tenant_id).encode(), command.phone.encode()),
                left_on=received_at.astimezone(SHANGHAI).date(),
            )
        )
        await session.flush()
        await queue_sms(
            session, tenant_id, command.phone, Template.CLUE_RECEIVED, {"ticket": ticket_no}
        )
    desk = await queries.first_post(session, RoleCode.CLUE_OFFICER)
    for rule in (TRIAGE, REPLY):
        await deadlines.start(session, rule, clue_id, desk[0] if desk else post_id)
    await record(session, "clues.received", numerator=1)
    for answered in ("clues.replied", "clues.replied_in_time"):
        await record(session, answered, denominator=1)
    await publish(session, ClueReceived(tenant_id, clue_id))
    return Receipt(ticket_no, rules.spell(secret))


async def supplement_clue(session: AsyncSession, facts: str) -> UUID:
    """Add information to the clue whose receipt the scope shows; returns its id.

    Raises NotFound without a matching receipt, DomainError when nothing was asked for.
    """
    found = await queries.shown(session)
    if found is None:
        raise NotFound("secret")
    clue_id, status = found
    faults = [
        rules.text_fault("facts", facts, 5, 2_000),
        rules.step_fault(ClueStatus(status), {ClueStatus.NEED_INFO}),
    ]
    if present := [fault for fault in faults if fault]:
        raise DomainError(*present)
    tenant_id = _tenant(session)
    session.add(ClueSupplement(tenant_id=tenant_id, clue_id=clue_id, facts=facts.strip()))
    await session.flush()
    await publish(session, ClueSupplemented(tenant_id, clue_id))
    return clue_id


def _judge(command: ReportClue) -> tuple[ReportClue, list[Fault]]:
    """The command in its normal form, and all that is wrong with it."""
    faults = [
        rules.key_fault(command.idempotency_key),
        rules.text_fault("subjectName", command.subject_name, 2, 100),
        rules.text_fault("facts", command.facts, 10, 2_000),
    ]
    if command.place_text is not None:
        faults.append(rules.text_fault("placeText", command.place_text, 2, 200))
    if command.place_code is not None:
        faults.append(rules.text_fault("placeCode", command.place_code, 2, 40))
    phone: str | None = None
    if command.phone is not None:
        judged = mobile(command.phone)
        if isinstance(judged, Wrong):
            faults.append(Fault(ClueErrorCode.PHONE_INVALID, judged.zh, judged.en, ("phone",)))
        else:
            phone = judged
    normal = replace(
        command,
        subject_name=command.subject_name.strip(),
        facts=command.facts.strip(),
        phone=phone,
    )
    return normal, [fault for fault in faults if fault]


async def _owner(session: AsyncSession, place_code: str | None) -> tuple[UUID, UUID, OwnerReason]:
    """The officer of the grid whose territory the place lies in, else the clue officer."""
    unit = await owner_unit_for(session, place_code) if place_code else None
    if unit is not None:
        officer = await queries.first_post(session, RoleCode.GRID_OFFICER, unit.id)
        if officer is not None:
            return *officer, OwnerReason.TERRITORY
    fallback = await queries.first_post(session, RoleCode.CLUE_OFFICER)
    if fallback is None:
        raise DomainError(
            Fault(
                ClueErrorCode.TENANT_TAKES_NO_REPORTS,
                "该地区尚未开通举报受理",
                "This place does not take reports yet",
                ("tenantCode",),
            )
        )
    post_id, bureau_id = fallback
    if unit is not None:
        return post_id, unit.id, OwnerReason.GRID_WITHOUT_OFFICER
    return post_id, bureau_id, OwnerReason.PLACE_UNKNOWN


def _tenant(session: AsyncSession) -> int:
    tenant_id = scope_of(session).tenant_id
    if tenant_id is None:
        raise RuntimeError("a report belongs to a tenant")
    return tenant_id
