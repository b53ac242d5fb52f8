"""Which institutions a scope may see."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.institutions.models import (
    AnnualInspection,
    Institution,
    InstitutionOperator,
    ListEntry,
    ListPublication,
    ListPublicationEntry,
    PublicationStatus,
)
from tenants.organisation import within_units
from tenants.scope import Reach, Scope, ScopeKind, asking_account


def visible(scope: Scope) -> ColumnElement[bool]:
    """County staff: all. Grid officers and area leads: those of their subtrees.

    Operators: the institutions they act for. Supervisors and workers: what row security shows
    them. The public: none.
    """
    if scope.reach is Reach.NONE or scope.kind is ScopeKind.PUBLIC:
        return false()
    if scope.reach is Reach.SUBTREE:
        return within_units(Institution.tenant_id, Institution.unit_id)
    if scope.reach is Reach.OWN:
        return acted_for(Institution.tenant_id, Institution.id)
    return true()


def acted_for(
    tenant: InstrumentedAttribute[int],
    institution: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
) -> ColumnElement[bool]:
    """The row's institution is one that the asker acts for."""
    seat = aliased(InstitutionOperator)
    return exists(
        select(literal_column("1"))
        .select_from(seat)
        .where(
            seat.tenant_id == tenant,
            seat.institution_id == institution,
            seat.account_id == asking_account(),
            seat.ended_at.is_(None),
        )
    )


def visible_entries(scope: Scope) -> ColumnElement[bool]:
    """Entries of the lists: those of the institutions that the asker sees."""
    return _of_visible(scope, ListEntry.tenant_id, ListEntry.institution_id)


def visible_inspections(scope: Scope) -> ColumnElement[bool]:
    """Annual inspections: those of the institutions that the asker sees."""
    return _of_visible(scope, AnnualInspection.tenant_id, AnnualInspection.institution_id)


def visible_publications(scope: Scope) -> ColumnElement[bool]:
    """Signed publications: everybody with a token (S1-14). Drafts: who sees the whole county."""
    return _published(scope, ListPublication.status)


def visible_published(scope: Scope) -> ColumnElement[bool]:
    """Entries of the publications that the asker sees."""
    publication = aliased(ListPublication)
    return exists(
        select(literal_column("1"))
        .select_from(publication)
        .where(
            publication.tenant_id == ListPublicationEntry.tenant_id,
            publication.id == ListPublicationEntry.publication_id,
            _published(scope, publication.status),
        )
    )


def _published(
    scope: Scope, status: InstrumentedAttribute[PublicationStatus]
) -> ColumnElement[bool]:
    if scope.kind is ScopeKind.PUBLIC or scope.reach is Reach.NONE:
        return false()
    if scope.kind is ScopeKind.JURISDICTION or scope.reach is not Reach.TENANT:
        return status == PublicationStatus.SIGNED
    return true()


def _of_visible(
    scope: Scope, tenant: InstrumentedAttribute[int], institution: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    if scope.kind is ScopeKind.PUBLIC or scope.reach is Reach.NONE:
        return false()
    if scope.reach is Reach.OWN:
        return acted_for(tenant, institution)
    if scope.reach is Reach.SUBTREE:
        seen = aliased(Institution)
        return exists(
            select(literal_column("1"))
            .select_from(seen)
            .where(
                seen.tenant_id == tenant,
                seen.id == institution,
                within_units(seen.tenant_id, seen.unit_id),
            )
        )
    return true()
