"""Folding soon after figures moved."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.metrics.events import MetricMoved
from services.metrics.service import fold
from tenants.actors import actor


@actor("metric.moved")
async def fold_metrics(session: AsyncSession, _event: MetricMoved) -> None:
    """Fold whatever the tenant has; several rings for the same deltas find less to do."""
    await fold(session)
