"""What happens to figures."""

from dataclasses import dataclass
from typing import ClassVar

from infra.outbox import Event


@dataclass(frozen=True)
class MetricMoved(Event):
    """Deltas wait to be folded."""

    kind: ClassVar[str] = "metric.moved"
    metric: str
