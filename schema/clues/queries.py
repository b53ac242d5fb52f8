"""Reading clues."""

from typing import Annotated

import strawberry

from schema.clues.receipts import is_right, receipt_scope
from schema.clues.types import Clue, ClueConnection, ClueProgress
from schema.compiler.declarations import by_id, every
from schema.compiler.sources import read_where
from tenants.access import Permission


async def _follow(
    info: strawberry.Info,
    tenant_code: Annotated[str, strawberry.argument(description="公开代码 — of the place")],
    ticket_no: Annotated[str, strawberry.argument(description="编号 — of the receipt")],
    secret: Annotated[str, strawberry.argument(description="回执码 — of the receipt")],
) -> ClueProgress | None:
    context = info.context
    scope = await receipt_scope(context, tenant_code, ticket_no, secret)
    if scope is None or not await is_right(context, scope, ticket_no):
        return None
    ticket = ticket_no.strip().upper()[:40]
    return read_where(ClueProgress, scope, ticket_no=ticket)


@strawberry.type
class ClueQuery:
    clue: Clue | None = by_id("Clue", "线索 — one clue", requires=Permission.CLUE_READ)
    clues: ClueConnection | None = every(
        "线索列表 — the clues one sees, newest first", requires=Permission.CLUE_READ
    )

    clue_follow: ClueProgress | None = strawberry.field(
        resolver=_follow,
        description="举报进展 — follow a report by its receipt, without a token; null when wrong",
    )
