"""Folding soon after figures moved."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.metrics.events import MetricMoved
from services.metrics.rolling import roll
from services.metrics.service import fold
from tenants.actors import actor
from tenants.duties import duty

_ROLL_S = 5.0

duty("metrics.roll", every_s=_ROLL_S)(roll)


@actor("metric.moved")
async def fold_metrics(session: AsyncSession, _event: MetricMoved) -> None:
    """Fold whatever the tenant has; several rings for the same deltas find less to do."""
    await fold(session)
