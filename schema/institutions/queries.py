"""Root fields of the institution register."""

import strawberry

from schema.compiler.declarations import by_id, every, grouped
from schema.institutions.lists import (
    ListEntryConnection,
    ListPublication,
    ListPublicationConnection,
)
from schema.institutions.types import Institution, InstitutionConnection, InstitutionStats
from tenants.access import Permission


@strawberry.type
class InstitutionQuery:
    institution: Institution | None = by_id(
        "Institution", "机构 — one institution by its id", requires=Permission.INSTITUTION_READ
    )
    institutions: InstitutionConnection | None = every(
        "机构列表 — all visible institutions, by name",
        requires=Permission.INSTITUTION_READ,
    )
    institution_stats: list[InstitutionStats] | None = grouped(
        "机构统计 — visible institutions counted in groups, the largest first",
        requires=Permission.INSTITUTION_READ,
    )
    list_entries: ListEntryConnection | None = every(
        "名单条目列表 — entries of the lists that one sees, newest first",
        requires=Permission.LIST_READ,
    )
    list_publication: ListPublication | None = by_id(
        "ListPublication", "名单公布 — one publication by its id", requires=Permission.LIST_READ
    )
    list_publications: ListPublicationConnection | None = every(
        "名单公布列表 — signed publications, and drafts for the bureau",
        requires=Permission.LIST_READ,
    )
