"""Root fields of the institution register."""

import strawberry

from schema.compiler.sources import by_id, every
from schema.institutions.types import Institution, InstitutionConnection
from schema.organisation.types import INSTITUTION_ORDER, INSTITUTION_SEARCH
from tenants.access import Permission


@strawberry.type
class InstitutionQuery:
    institution: Institution | None = by_id(
        "Institution", "机构 — one institution by its id", requires=Permission.INSTITUTION_READ
    )
    institutions: InstitutionConnection | None = every(
        "机构列表 — all visible institutions, by name",
        order=INSTITUTION_ORDER,
        search=INSTITUTION_SEARCH,
        requires=Permission.INSTITUTION_READ,
    )
