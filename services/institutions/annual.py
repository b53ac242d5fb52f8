"""Annual inspections (年检, SM-8b): one result per institution and year, with its history."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import SHANGHAI
from infra.errors import DomainError, Fault
from services.institutions import queries, rules
from services.institutions.errors import InstitutionErrorCode
from services.institutions.lists import Basis
from services.institutions.models import AnnualInspection, AnnualResult, BasisKind, Institution
from tenants.access import Permission, require
from tenants.acting import acting_post
from tenants.principal import Principal
from tenants.session import now_of


@dataclass(frozen=True)
class RecordAnnualInspection:
    """The result of an institution's inspection of a year, and the document that states it."""

    institution_id: UUID
    year: int
    result: AnnualResult
    document: str


async def record_inspection(
    session: AsyncSession, principal: Principal, command: RecordAnnualInspection
) -> Institution:
    """Record a result; a former one of that year stays as history. Raises DomainError.

    A result that followed from a signed conclusion is changed by a leader alone (LIST_SIGN).
    """
    by = Permission.INSTITUTION_MANAGE
    if Permission.LIST_SIGN in principal.permissions:
        by = Permission.LIST_SIGN
    require(principal, by)
    post_id = await acting_post(session, principal, by)
    institution = await queries.lock_institution(session, command.institution_id)
    this_year = (now_of(session)).astimezone(SHANGHAI).year
    faults = rules.year_faults(command.year, this_year)
    faults += rules.document_faults("document", command.document)
    if not faults and by is not Permission.LIST_SIGN:
        present = await queries.present_inspection(session, institution.id, command.year)
        if present is not None and present.basis_kind != BasisKind.DOCUMENT:
            faults.append(_SIGNED)
    if faults:
        raise DomainError(*faults)
    basis = Basis(BasisKind.DOCUMENT, post_id, text=command.document.strip())
    await decide(session, institution, command.year, command.result, basis)
    return institution


async def decide(
    session: AsyncSession, institution: Institution, year: int, result: AnnualResult, basis: Basis
) -> AnnualInspection:
    """The result of a locked institution's year from now on, on a decision's basis (S3-13)."""
    now = now_of(session)
    former = await queries.present_inspection(session, institution.id, year)
    if former is not None:
        former.superseded_at = now
        await session.flush()
    decided = AnnualInspection(
        tenant_id=institution.tenant_id,
        institution_id=institution.id,
        year=year,
        result=result,
        basis_kind=basis.kind,
        basis_id=basis.id,
        basis_text=basis.text,
        decided_by_post_id=basis.signed_by_post_id,
        decided_at=now,
    )
    session.add(decided)
    await session.flush()
    return decided


_SIGNED = Fault(
    InstitutionErrorCode.SIGNED_RESULT,
    "该年度结论由领导签署，只能由领导变更",
    "A leader signed this year's result; only a leader may change it",
    ("year",),
)
