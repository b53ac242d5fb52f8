"""Commands of the register: register, correct, license, close."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from infra import text
from infra.errors import DomainError, Fault, NotFound, expect_version
from infra.identifiers import Uscc
from infra.outbox import publish
from services.grids.queries import find_unit
from services.institutions import queries, rules
from services.institutions.errors import InstitutionErrorCode
from services.institutions.events import InstitutionClosed, InstitutionRegistered
from services.institutions.models import (
    Institution,
    InstitutionCategory,
    InstitutionOperator,
    InstitutionStatus,
)
from services.metrics.service import record
from tenants.access import Permission, require
from tenants.models import Account
from tenants.principal import Principal
from tenants.session import now_of, today_of

ACTIVE_METRIC = "institutions.active"


@dataclass(frozen=True)
class RegisterInstitution:
    """A new entry, in the care of the unit `unit_id`."""

    uscc: str
    name: str
    category: InstitutionCategory
    unit_id: UUID
    address: str | None = None


@dataclass(frozen=True)
class CorrectInstitution:
    """Changes of an entry that is at `expected_version`; None leaves a value as it is."""

    institution_id: UUID
    expected_version: int
    uscc: str | None = None
    name: str | None = None
    category: InstitutionCategory | None = None
    unit_id: UUID | None = None
    address: str | None = None


@dataclass(frozen=True)
class CloseInstitution:
    """The end of an institution that is at `expected_version`, and why (SM-8)."""

    institution_id: UUID
    expected_version: int
    reason: str


@dataclass(frozen=True)
class RecordLicence:
    """The teaching licence of an institution that is at `expected_version`, and its last day."""

    institution_id: UUID
    expected_version: int
    licence_no: str
    licensed_until: date


async def register_institution(
    session: AsyncSession, principal: Principal, command: RegisterInstitution
) -> Institution:
    """Enter an institution into the register; all faults of the input are told at once."""
    require(principal, Permission.INSTITUTION_MANAGE)
    faults = await _uscc_faults(session, command.uscc, None)
    faults += rules.name_faults(command.name)
    faults += rules.address_faults(command.address)
    unit = await find_unit(session, command.unit_id)
    if unit is None:
        faults.append(_UNIT_UNKNOWN)
    if faults or unit is None:
        raise DomainError(*faults)
    name = command.name.strip()
    institution = Institution(
        tenant_id=unit.tenant_id,
        uscc=command.uscc,
        name=name,
        category=command.category,
        unit_id=unit.id,
        address=command.address.strip() if command.address else None,
        status=InstitutionStatus.ACTIVE,
        registered_at=now_of(session),
        version=1,
        sort_key=text.sort_key(name),
    )
    session.add(institution)
    await _flush(session)
    await queries.index_name(session, institution)
    await publish(session, InstitutionRegistered(unit.tenant_id, institution.id))
    await record(session, ACTIVE_METRIC, numerator=1)
    return institution


async def correct_institution(
    session: AsyncSession, principal: Principal, command: CorrectInstitution
) -> Institution:
    """Correct an entry. Raises Conflict when it changed since the version given, DomainError."""
    require(principal, Permission.INSTITUTION_MANAGE)
    institution = await queries.lock_institution(session, command.institution_id)
    expect_version(institution, command.expected_version)
    _refuse_closed(institution)
    faults: list[Fault] = []
    if command.uscc is not None and command.uscc != institution.uscc:
        faults += await _uscc_faults(session, command.uscc, institution.id)
    if command.name is not None:
        faults += rules.name_faults(command.name)
    faults += rules.address_faults(command.address)
    if command.unit_id is not None and await find_unit(session, command.unit_id) is None:
        faults.append(_UNIT_UNKNOWN)
    if faults:
        raise DomainError(*faults)
    institution.uscc = Uscc(command.uscc) if command.uscc else institution.uscc
    institution.category = command.category or institution.category
    institution.unit_id = command.unit_id or institution.unit_id
    if command.address is not None:
        institution.address = command.address.strip()
    if command.name is not None:
        institution.name = command.name.strip()
        institution.sort_key = text.sort_key(institution.name)
    institution.version += 1
    await _flush(session)
    if command.name is not None:
        await queries.index_name_again(session, institution)
    return institution


async def record_licence(
    session: AsyncSession, principal: Principal, command: RecordLicence
) -> Institution:
    """Note an institution's teaching licence; a renewed one replaces it. Raises Conflict."""
    require(principal, Permission.INSTITUTION_MANAGE)
    institution = await queries.lock_institution(session, command.institution_id)
    expect_version(institution, command.expected_version)
    _refuse_closed(institution)
    today = today_of(session)
    if faults := rules.licence_faults(command.licence_no, command.licensed_until, today):
        raise DomainError(*faults)
    institution.licence_no = command.licence_no
    institution.licensed_until = command.licensed_until
    institution.version += 1
    await _flush(session)
    return institution


async def close_institution(
    session: AsyncSession, principal: Principal, command: CloseInstitution
) -> Institution:
    """Close an institution; its entry stays readable. Raises Conflict, DomainError."""
    require(principal, Permission.INSTITUTION_MANAGE)
    institution = await queries.lock_institution(session, command.institution_id)
    expect_version(institution, command.expected_version)
    _refuse_closed(institution)
    if faults := rules.reason_faults(command.reason):
        raise DomainError(*faults)
    now = now_of(session)
    institution.status = InstitutionStatus.CLOSED
    institution.closed_at = now
    institution.close_reason = command.reason.strip()
    institution.version += 1
    await session.flush()
    await publish(session, InstitutionClosed(institution.tenant_id, institution.id))
    await record(session, ACTIVE_METRIC, numerator=-1)
    return institution


async def seat_operator(
    session: AsyncSession, principal: Principal, institution_id: UUID, account_id: UUID
) -> InstitutionOperator:
    """Let an account act for an institution (S3-7 机构落实). Raises NotFound for either."""
    require(principal, Permission.INSTITUTION_MANAGE)
    institution = await queries.lock_institution(session, institution_id)
    if await session.get(Account, (institution.tenant_id, account_id)) is None:
        raise NotFound("accountId")
    seat = InstitutionOperator(
        tenant_id=institution.tenant_id, institution_id=institution.id, account_id=account_id
    )
    session.add(seat)
    await session.flush()
    return seat


_UNIT_UNKNOWN = Fault(
    InstitutionErrorCode.NOT_FOUND, "找不到该网格单元", "No such unit; check the id", ("unitId",)
)
_USCC_TAKEN = Fault(
    InstitutionErrorCode.USCC_TAKEN,
    "该统一社会信用代码已在本县登记",
    "An institution with this USCC is already registered here",
    ("uscc",),
)
_LICENCE_TAKEN = Fault(
    InstitutionErrorCode.LICENCE_TAKEN,
    "该办学许可证号已登记在本县另一机构名下",
    "Another institution of the county has this licence number",
    ("licenceNo",),
)


async def _uscc_faults(session: AsyncSession, uscc: str, other_than: UUID | None) -> list[Fault]:
    wrong = rules.uscc_faults(uscc)
    if wrong:
        return wrong
    return [_USCC_TAKEN] if await queries.is_uscc_taken(session, uscc, other_than) else []


async def _flush(session: AsyncSession) -> None:
    """Write; two that give one code at the same instant meet at the unique key."""
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_institution_tenant_id_uscc" in str(error.orig):
            raise DomainError(_USCC_TAKEN) from error
        if "uq_institution_licence" in str(error.orig):
            raise DomainError(_LICENCE_TAKEN) from error
        raise


def _refuse_closed(institution: Institution) -> None:
    if institution.status == InstitutionStatus.CLOSED:
        raise DomainError(
            Fault(
                InstitutionErrorCode.INSTITUTION_CLOSED,
                "该机构已关停，不能再变更",
                "The institution is closed and can no longer be changed",
                ("id",),
            )
        )
