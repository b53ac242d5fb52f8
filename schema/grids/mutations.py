"""Commands of the grids in the API."""

from typing import Annotated

import strawberry

from schema.compiler.sources import read
from schema.fields import UserError, mutation
from schema.grids.inputs import GridOfficerAppointInput, GridTerritoryAssignInput
from schema.grids.types import Grid, GridTerritory
from schema.organisation.types import Post
from services.grids import service
from tenants.access import Permission

INPUT = strawberry.argument(description="输入 — what the command needs")


@strawberry.type(description="划定辖区结果 — the place, or why it was refused")
class GridTerritoryAssignPayload:
    territory: GridTerritory | None = strawberry.field(
        default=None, description="辖区 — the place now in the grid's care"
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="用户错误 — what the user can mend"
    )


@strawberry.type(description="选聘网格员结果 — the post, or why it was refused")
class GridOfficerAppointPayload:
    post: Post | None = strawberry.field(default=None, description="岗位 — the officer's post")
    grid: Grid | None = strawberry.field(default=None, description="网格 — the grid as it is now")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="用户错误 — what the user can mend"
    )


@strawberry.type
class GridMutation:
    @mutation(
        "划定辖区 — put a place into the care of a grid",
        action="grid.territory.assign",
        permission=Permission.GRID_MANAGE,
    )
    async def grid_territory_assign(
        self, info: strawberry.Info, input: Annotated[GridTerritoryAssignInput, INPUT]
    ) -> GridTerritoryAssignPayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        row = await service.assign_territory(context.session, context.principal, command)
        return GridTerritoryAssignPayload(territory=read(GridTerritory, row.id, row.tenant_id))

    @mutation(
        "选聘网格员 — appoint a grid officer; refused above the policy grid.officers.max",
        action="grid.officer.appoint",
        permission=Permission.GRID_MANAGE,
    )
    async def grid_officer_appoint(
        self, info: strawberry.Info, input: Annotated[GridOfficerAppointInput, INPUT]
    ) -> GridOfficerAppointPayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        row = await service.appoint_grid_officer(context.session, context.principal, command)
        return GridOfficerAppointPayload(
            post=read(Post, row.id, row.tenant_id), grid=read(Grid, row.unit_id, row.tenant_id)
        )
