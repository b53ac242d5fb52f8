"""The nation's provinces and counties, opened by one statement for benchmarks."""

from typing import Any

PROVINCES = 31
COUNTIES = 2_845

# As the numbers of the real ones: six digits of a code and a serial, a province's block above its
# counties'. The registry may hold some already.
_OPEN = """
WITH wanted AS (
  SELECT (11 + p) * 1000000 AS number, (11 + p) * 1000000 + 999999 AS hi, NULL::int AS parent,
         '第' || p || '省' AS name, 'PROVINCE' AS level FROM generate_series(0, $1::int - 1) p
  UNION ALL
  SELECT (11 + c % $1::int) * 1000000 + 10000 + c / $1::int * 1000,
         (11 + c % $1::int) * 1000000 + 10099 + c / $1::int * 1000, (11 + c % $1::int) * 1000000,
         '第' || c || '县', 'COUNTY' FROM generate_series(0, $2::int - 1) c),
opened AS (
  INSERT INTO tenant (number, hi, parent_number, name, level, public_code, status)
  SELECT number, hi, parent, name, level, 'bench' || number, 'ACTIVE' FROM wanted
  RETURNING number, level)
INSERT INTO audit_head (tenant_id, seq, hash) SELECT number, 0, decode(repeat('00', 32), 'hex')
FROM opened
"""


async def open_counties(admin: Any) -> int:
    """Open provinces numbered from 11 with counties spread evenly; how many counties there are."""
    await admin.execute(_OPEN, PROVINCES, COUNTIES)
    return int(await admin.fetchval("SELECT count(*) FROM tenant WHERE level = 'COUNTY'"))
