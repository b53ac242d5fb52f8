"""Root fields of the grids."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.grids.types import Grid, GridConnection
from tenants.access import Permission


@strawberry.type
class GridQuery:
    grid: Grid | None = by_id("Grid", "网格 — one grid by its id", requires=Permission.GRID_READ)
    grids: GridConnection | None = every(
        "网格列表 — all visible grids", requires=Permission.GRID_READ
    )
