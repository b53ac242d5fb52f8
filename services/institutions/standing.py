"""What other nouns ask of an institution: is it licensed, is it listed, how was it inspected."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.calendar.rules import end_of_day
from services.institutions import rules
from services.institutions.models import (
    AnnualInspection,
    AnnualResult,
    Institution,
    InstitutionStatus,
    ListEntry,
    ListKind,
)
from tenants.session import now_of, scope_of


@dataclass(frozen=True)
class Standing:
    """An institution's lists and the result of its last inspected year (None: never inspected)."""

    white: bool
    black: bool
    annual: AnnualResult | None


async def is_licensed(session: AsyncSession, institution_id: UUID, on: date) -> bool:
    """Whether an institution is active and its licence runs on that day (R9); unknown: no."""
    found = await session.execute(
        select(Institution.status, Institution.licence_no, Institution.licensed_until).where(
            Institution.tenant_id == scope_of(session).tenant_id, Institution.id == institution_id
        )
    )
    row = found.one_or_none()
    return row is not None and rules.is_licensed(
        InstitutionStatus(row.status), row.licence_no, row.licensed_until, on
    )


async def standing(session: AsyncSession, institution_id: UUID, on: date) -> Standing:
    """The standing at the end of a day in legal time; of today and later days: as of now.

    An entry counts from the instant it was signed, so a black-listing blocks the next sale.
    """
    tenant_id = scope_of(session).tenant_id
    instant = min(now_of(session), end_of_day(on))
    entry = await session.scalar(
        select(ListEntry.kind).where(
            ListEntry.tenant_id == tenant_id,
            ListEntry.institution_id == institution_id,
            ListEntry.effective_at <= instant,
            or_(ListEntry.removed_at.is_(None), ListEntry.removed_at > instant),
        )
    )
    result = await session.scalar(
        select(AnnualInspection.result)
        .where(
            AnnualInspection.tenant_id == tenant_id,
            AnnualInspection.institution_id == institution_id,
            AnnualInspection.year <= on.year,
            AnnualInspection.decided_at <= instant,
            or_(
                AnnualInspection.superseded_at.is_(None),
                AnnualInspection.superseded_at > instant,
            ),
        )
        .order_by(AnnualInspection.year.desc())
        .limit(1)
    )
    return Standing(
        white=entry == ListKind.WHITE,
        black=entry == ListKind.BLACK,
        annual=None if result is None else AnnualResult(result),
    )
