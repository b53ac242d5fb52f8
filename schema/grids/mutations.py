"""Commands of the grids in the API."""

import strawberry

from schema.compiler.sources import read
from schema.fields import changed, done, mutation
from schema.grids.inputs import GridOfficerAppointInput, GridTerritoryAssignInput
from schema.grids.types import Grid, GridTerritory
from schema.organisation.types import Post
from schema.payloads import payload, shown
from services.grids import service
from services.grids.errors import GridErrorCode
from tenants.access import Permission


@payload(GridErrorCode, "划定辖区结果 — the place, or why it was refused")
class GridTerritoryAssignPayload:
    territory: GridTerritory | None = shown("辖区 — the place now in the grid's care")


@payload(GridErrorCode, "选聘网格员结果 — the post, or why it was refused")
class GridOfficerAppointPayload:
    post: Post | None = shown("岗位 — the officer's post")
    grid: Grid | None = shown("网格 — the grid as it is now")


@strawberry.type
class GridMutation:
    @mutation(
        "划定辖区 — put a place into the care of a grid",
        action="grid.territory.assign",
        permission=Permission.GRID_MANAGE,
    )
    async def grid_territory_assign(
        self, info: strawberry.Info, input: GridTerritoryAssignInput
    ) -> GridTerritoryAssignPayload | None:
        return GridTerritoryAssignPayload(
            territory=await changed(GridTerritory, service.assign_territory, info, input)
        )

    @mutation(
        "选聘网格员 — appoint a grid officer; refused above the policy grid.officers.max",
        action="grid.officer.appoint",
        permission=Permission.GRID_MANAGE,
        idempotent=True,
    )
    async def grid_officer_appoint(
        self, info: strawberry.Info, input: GridOfficerAppointInput
    ) -> GridOfficerAppointPayload | None:
        row = await done(service.appoint_grid_officer, info, input)
        return GridOfficerAppointPayload(
            post=read(Post, row.id, row.tenant_id), grid=read(Grid, row.unit_id, row.tenant_id)
        )
