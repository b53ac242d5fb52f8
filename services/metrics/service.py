"""Recording a change of a figure and folding changes into totals."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.outbox import publish
from services.metrics.events import MetricMoved
from services.metrics.models import MetricDelta, PublishedFigure
from tenants.session import scope_of

# One statement takes the deltas away and adds them to the totals, so each counts once whatever
# runs beside it: a delta another fold holds is skipped and counted there.
_FOLD = text("""
WITH taken AS (
  DELETE FROM metric_delta d USING (
    SELECT tenant_id, id FROM metric_delta WHERE tenant_id = :tenant
    FOR UPDATE SKIP LOCKED) l
  WHERE d.tenant_id = l.tenant_id AND d.id = l.id
  RETURNING d.metric, d.numerator, d.denominator, d.at),
sums AS (
  SELECT metric, sum(numerator) AS numerator, sum(denominator) AS denominator, max(at) AS at
  FROM taken GROUP BY metric ORDER BY metric)
INSERT INTO metric_total AS t (tenant_id, metric, numerator, denominator, as_of)
SELECT :tenant, metric, numerator, denominator, at FROM sums
ON CONFLICT (tenant_id, metric) DO UPDATE SET
  numerator = t.numerator + excluded.numerator,
  denominator = t.denominator + excluded.denominator,
  as_of = greatest(t.as_of, excluded.as_of)
""")


async def record(
    session: AsyncSession, metric: str, *, numerator: int = 0, denominator: int = 0
) -> None:
    """Note a change of a figure in the transaction of what changed it."""
    tenant_id = scope_of(session).tenant_id
    if tenant_id is None:
        raise RuntimeError("a figure belongs to a tenant")
    session.add(
        MetricDelta(
            tenant_id=tenant_id, metric=metric, numerator=numerator, denominator=denominator
        )
    )
    await session.flush()
    await publish(session, MetricMoved(tenant_id, metric))


@dataclass(frozen=True)
class ImportFigure:
    """A published total; `is_at_least` marks a lower bound (余), `note` how exact it is (近)."""

    metric: str
    value: Decimal
    unit: str
    is_at_least: bool
    document: str
    quoted: str
    note: str | None = None


async def import_figures(session: AsyncSession, figures: Iterable[ImportFigure]) -> None:
    """Keep published totals in the tenant of the unit of work. Raises ValueError below 0.01."""
    tenant_id = scope_of(session).tenant_id
    for figure in figures:
        fields = vars(figure).copy()
        hundredths = fields.pop("value") * 100
        if hundredths != int(hundredths):
            raise ValueError(f"{figure.metric}: more than two decimals")
        session.add(PublishedFigure(tenant_id=tenant_id, hundredths=int(hundredths), **fields))
    await session.flush()


async def fold(session: AsyncSession) -> None:
    """Fold a tenant's deltas into its totals, each exactly once."""
    await session.execute(_FOLD, {"tenant": scope_of(session).tenant_id})
