"""Inputs of the grid mutations."""

from datetime import date

import strawberry

from schema.organisation.ids import row_id
from schema.replay import KEY
from services.grids.models import TerritoryKind
from services.grids.service import AppointGridOfficer, AssignTerritory


@strawberry.input(description="划定辖区 — puts a place into the care of a grid")
class GridTerritoryAssignInput:
    unit_id: strawberry.ID = strawberry.field(description="网格 — id of the grid or its unit")
    kind: TerritoryKind = strawberry.field(description="辖区类型 — division or school zone")
    code: str = strawberry.field(description="编码 — division code or code of the school zone")
    name: str = strawberry.field(description="名称 — name of the place, 2 to 100 characters")
    valid_from: date | None = strawberry.field(
        default=None, description="起始日 — first day of care; today when absent"
    )
    valid_to: date | None = strawberry.field(
        default=None, description="终止日 — last day of care; open when absent"
    )

    def command(self, tenant_id: int) -> AssignTerritory:
        """The command in that tenant."""
        return AssignTerritory(
            unit_id=row_id(self.unit_id, tenant_id, "Grid", "Unit"),
            kind=self.kind,
            code=self.code,
            name=self.name,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


@strawberry.input(description="选聘网格员 — makes a post of a grid officer")
class GridOfficerAppointInput:
    unit_id: strawberry.ID = strawberry.field(description="网格 — id of the grid or its unit")
    title: str = strawberry.field(description="岗位名称 — title of the post, 2 to 50 characters")
    idempotency_key: str = strawberry.field(description=KEY)
    valid_from: date | None = strawberry.field(
        default=None, description="起始日 — first day of the post; today when absent"
    )

    def command(self, tenant_id: int) -> AppointGridOfficer:
        """The command in that tenant."""
        return AppointGridOfficer(
            unit_id=row_id(self.unit_id, tenant_id, "Grid", "Unit"),
            title=self.title,
            valid_from=self.valid_from,
        )
