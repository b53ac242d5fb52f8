"""Root fields of the institution register."""

import strawberry

from schema.compiler.declarations import by_id, every, grouped
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
