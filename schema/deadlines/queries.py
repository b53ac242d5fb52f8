"""Root fields of deadlines."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.deadlines.types import Deadline, DeadlineConnection
from tenants.access import Permission


@strawberry.type
class DeadlineQuery:
    deadline: Deadline | None = by_id(
        "Deadline", "期限 — one deadline by its id", requires=Permission.DEADLINE_READ
    )
    deadlines: DeadlineConnection | None = every(
        "期限列表 — all visible deadlines, the earliest first", requires=Permission.DEADLINE_READ
    )
