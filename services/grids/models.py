"""Tables of the grids: the places that a unit is responsible for."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Text, Uuid
from sqlalchemy.orm import Mapped

from infra.database.base import Base, Kind, TenantOwned, public, refer, table_info
from tenants.models import UnitKind

GRID_KINDS = (
    UnitKind.DISTRICT_AREA,
    UnitKind.CENTRAL_SCHOOL,
    UnitKind.JUNIOR_SCHOOL,
    UnitKind.PRIMARY_SCHOOL,
    UnitKind.COMMUNITY,
)
"""Units that are grids: areas, central schools, schools (S0-1) and communities (S2-22)."""


class TerritoryKind(StrEnum):
    """DIVISION: an administrative division. SCHOOL_ZONE: a school's enrolment zone (S0-5)."""

    DIVISION = "DIVISION"
    SCHOOL_ZONE = "SCHOOL_ZONE"


class GridTerritory(TenantOwned, Base):
    """A place in the care of a unit from a day to a day (inclusive)."""

    __tablename__ = "grid_territory"
    __table_args__ = (
        refer("unit_id", "unit"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("ix_grid_territory_code", "tenant_id", "kind", "code"),
        Index("ix_grid_territory_unit", "tenant_id", "unit_id"),
        {"info": table_info(Kind.TENANT, public={"select"})},
    )
    unit_id: Mapped[UUID] = public(Uuid)
    kind: Mapped[TerritoryKind] = public(Text)
    code: Mapped[str] = public(Text)
    name: Mapped[str] = public(Text)
    valid_from: Mapped[date] = public(Date)
    valid_to: Mapped[date | None] = public(Date)
