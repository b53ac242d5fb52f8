"""Root field about the asker's own limits."""

from datetime import datetime, timedelta

import strawberry

from infra.clock import SHANGHAI


@strawberry.type(description="调用限额 — what this client may still ask, as of this request")
class RateLimit:
    """The client's bucket (API guide, Cost)."""

    limit: int = strawberry.field(description="上限 — points a full bucket holds")
    remaining: int = strawberry.field(description="剩余 — points left after this request")
    cost: int = strawberry.field(description="本次消耗 — points of this request")
    restore_per_second: float = strawberry.field(
        description="每秒恢复 — points that come back each second"
    )
    reset_at: datetime = strawberry.field(
        description="恢复时刻 — when the bucket is full again, if nothing more is asked"
    )


def _rate_limit(info: strawberry.Info) -> RateLimit | None:
    cost = info.context.cost
    if cost is None:
        return None
    wait_s = (cost.limit - cost.remaining) / cost.restore_per_s
    return RateLimit(
        limit=cost.limit,
        remaining=cost.remaining,
        cost=cost.requested,
        restore_per_second=cost.restore_per_s,
        reset_at=datetime.now(SHANGHAI) + timedelta(seconds=wait_s),
    )


@strawberry.type
class LimitsQuery:
    rate_limit: RateLimit | None = strawberry.field(
        resolver=_rate_limit,
        description="调用限额 — points of this client; null where nothing is counted",
    )
