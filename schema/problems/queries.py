"""Reading problems."""

import strawberry

from schema.compiler.declarations import by_id, every, grouped
from schema.problems.types import Problem, ProblemConnection, ProblemStats
from tenants.access import Permission


@strawberry.type
class ProblemQuery:
    problem: Problem | None = by_id(
        "Problem", "问题 — one problem by its id", requires=Permission.PROBLEM_READ
    )
    problems: ProblemConnection | None = every(
        "问题列表 — the problems one sees, newest first", requires=Permission.PROBLEM_READ
    )
    problem_stats: list[ProblemStats] | None = grouped(
        "问题统计 — visible problems counted in groups, the largest first",
        requires=Permission.PROBLEM_READ,
    )
