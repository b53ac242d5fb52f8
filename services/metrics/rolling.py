"""Rolling totals up into the blocks of the jurisdictions above, so that few rows are read."""

from sqlalchemy import text

from services.metrics.models import COMPLETE, UNROLLED
from tenants.scope import Scope
from tenants.session import unit_of_work

BATCH = 1_000

# One at a time: a block is completed from what was rolled up before, so nobody may roll meanwhile.
# Asked in a statement of its own, so that the next one sees what the last holder wrote.
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('metrics.roll'))")

_COMPLETE = text(f"""
WITH fresh AS (
  SELECT t.number, t.hi FROM tenant t WHERE NOT EXISTS (
    SELECT 1 FROM metric_block b WHERE b.tenant_id = t.number AND b.metric = '{COMPLETE}'))
INSERT INTO metric_block (tenant_id, metric, numerator, denominator)
SELECT f.number, m.metric, sum(m.rolled_numerator), sum(m.rolled_denominator)
FROM fresh f JOIN metric_total m ON m.tenant_id BETWEEN f.number AND f.hi
GROUP BY f.number, m.metric
UNION ALL SELECT number, '{COMPLETE}', 0, 0 FROM fresh
""")  # noqa: S608 - constants

# Both sides move in one statement: a reader sees each change in the total or the blocks. Ordered,
# so that a batch has few tenants: each is compared with every block.
_ROLL = text(f"""
WITH moved AS MATERIALIZED (
  SELECT tenant_id, metric, numerator, denominator, numerator - rolled_numerator AS n,
         denominator - rolled_denominator AS d
  FROM metric_total WHERE {UNROLLED} ORDER BY tenant_id LIMIT {BATCH} FOR UPDATE SKIP LOCKED),
marked AS (
  UPDATE metric_total t SET rolled_numerator = m.numerator, rolled_denominator = m.denominator
  FROM moved m WHERE t.tenant_id = m.tenant_id AND t.metric = m.metric),
blocks AS MATERIALIZED (
  SELECT DISTINCT m.tenant_id, t.number FROM (SELECT DISTINCT tenant_id FROM moved) m
  JOIN tenant t ON m.tenant_id BETWEEN t.number AND t.hi),
risen AS (
  INSERT INTO metric_block AS b (tenant_id, metric, numerator, denominator)
  SELECT s.number, m.metric, sum(m.n), sum(m.d)
  FROM moved m JOIN blocks s ON s.tenant_id = m.tenant_id
  GROUP BY s.number, m.metric
  ON CONFLICT (tenant_id, metric) DO UPDATE SET
    numerator = b.numerator + excluded.numerator,
    denominator = b.denominator + excluded.denominator)
SELECT count(*) FROM moved
""")  # noqa: S608 - constants


async def roll() -> int:
    """Roll up at most `BATCH` totals that moved, of any tenants; returns how many there were.

    Figures are exact before and after; this makes them quick.
    """
    async with unit_of_work(Scope.system(None), "metrics.roll") as session:
        if not await session.scalar(_ALONE):
            return 0
        await session.execute(_COMPLETE)
        return int(await session.scalar(_ROLL) or 0)
