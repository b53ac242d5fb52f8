"""A province's dashboard for the contestants: counties with figures, and the peer's way to them.

PostGraphile reads a figure through a function over the tenant's row, which is how its
documentation adds a computed column. The functions live in the benchmark's database alone.
"""

import random
from typing import Any

from tests.harness.county import PROVINCE

COUNTIES = 80
_METRICS = {"institutions.active": 0, "clues.received": 0, "clues.replied": 1}
_FIGURES = {
    "tenant_institutions_active": "institutions.active",
    "tenant_clues_received": "clues.received",
    "tenant_clues_replied": "clues.replied",
}

OURS = (
    "{ tenants(first: 50) { nodes { name level publicCode institutionsActive { numerator }"
    " cluesReceived { numerator } cluesReplied { numerator denominator value } } } }"
)
THEIRS = (
    "{ tenants: allTenants(first: 50, orderBy: NUMBER_ASC) { nodes { name level publicCode"
    " institutionsActive { numerator } cluesReceived { numerator }"
    " cluesReplied { numerator denominator value } } } }"
)

# One pass over both tables for all parts; ours also minds counties that moved, of which the peer
# is told nothing.
_FUNCTION = """
CREATE FUNCTION {name}(t tenant) RETURNS figure LANGUAGE sql STABLE AS $$
  SELECT (s.n, s.d, CASE WHEN s.d <> 0 THEN round(s.n::numeric * 100 / s.d, 2)::text END)::figure
  FROM (SELECT coalesce(sum(numerator), 0)::int AS n, coalesce(sum(denominator), 0)::int AS d
        FROM (SELECT numerator, denominator FROM metric_total
              WHERE tenant_id BETWEEN t.number AND t.hi AND metric = '{metric}'
              UNION ALL
              SELECT numerator, denominator FROM metric_delta
              WHERE tenant_id BETWEEN t.number AND t.hi AND metric = '{metric}') m) s
$$
"""


async def prepare(admin: Any, seed: int) -> None:
    """Counties of the province with folded figures, and the peer's functions."""
    chance = random.Random(seed)
    numbers = [PROVINCE.number + 900_000 + place * 100 for place in range(COUNTIES)]
    await admin.executemany(
        "INSERT INTO tenant (number, hi, parent_number, name, level, public_code, status)"
        " VALUES ($1, $1 + 99, $2, $3, 'COUNTY', $4, 'ACTIVE')",
        [(n, PROVINCE.number, f"第{n % 90_000 // 100}县", f"county{n}") for n in numbers],
    )
    await admin.executemany(
        "INSERT INTO metric_total (tenant_id, metric, numerator, denominator, as_of)"
        " VALUES ($1, $2, $3, $4, now())",
        [
            (number, metric, chance.randrange(500), has_rate * (500 + chance.randrange(100)))
            for number in numbers
            for metric, has_rate in _METRICS.items()
        ],
    )
    await admin.execute("CREATE TYPE figure AS (numerator int, denominator int, value text)")
    for name, metric in _FIGURES.items():
        await admin.execute(_FUNCTION.format(name=name, metric=metric))
    await admin.execute("ANALYZE")
