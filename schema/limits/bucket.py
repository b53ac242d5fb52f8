"""Leaky buckets: what one client, and one county as a whole, may spend in points."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from infra.network import network_of
from schema.limits.numbers import DEFAULT, Limits

PUBLIC = 0
"""The tenant of a request without a token. No tenant has this number."""

Key = TypeVar("Key")


@dataclass(frozen=True)
class Taken:
    """What became of a request for points."""

    allowed: bool
    remaining: int
    restore_per_s: float
    retry_after_s: float
    """Seconds until the same request would be allowed; 0 when it was."""


def client_key(account_id: UUID | None, address: str) -> str:
    """Whose bucket a request draws on: its account's, or its network's when it has no token."""
    return network_of(address) if account_id is None else str(account_id)


class Buckets:
    """A bucket per client × tenant inside a bucket per tenant, in this process's memory.

    The tenant's keeps one county from starving another; the client's keeps a client from
    starving its own county. Requests without a token (`PUBLIC`) have only the client's: one
    bucket for the whole public would be one switch to silence every county's report line.
    Each process counts for itself, so N web processes allow a client up to N times the figures;
    they bound the load on a process, they are no bill. A restart forgets what was spent.
    """

    def __init__(
        self, limits: Limits = DEFAULT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        size = limits.clients_remembered
        self._clients = _Leaky[tuple[str, int]](
            limits.client_points, limits.client_points_per_s, size
        )
        self._tenants = _Leaky[int](limits.tenant_points, limits.tenant_points_per_s, size)

    def take(self, client: str, tenant: int, points: int) -> Taken:
        """Spend points, all or none. With 0 points: only ask, which a client in debt is refused."""
        return self._spend(client, tenant, points, is_debt=False)

    def charge(self, client: str, tenant: int, points: int) -> Taken:
        """Spend points even beyond what is there: what a refused document has already cost.

        The county is not charged for what one of its clients does wrong. The debt is bounded by
        the size of the bucket, so a client is heard again after that has leaked away.
        """
        return self._spend(client, tenant, points, is_debt=True)

    def _spend(self, client: str, tenant: int, points: int, is_debt: bool) -> Taken:
        now = self._clock()
        key = (client, tenant)
        clients, tenants = self._clients, self._tenants
        spent = clients.level(key, now)
        wait = clients.wait_s(spent, points)
        mine = clients.size - spent
        in_tenant, theirs = 0.0, math.inf
        if tenant != PUBLIC:
            in_tenant = tenants.level(tenant, now)
            wait = max(wait, tenants.wait_s(in_tenant, points))
            theirs = tenants.size - in_tenant
        if is_debt:
            spent = min(spent + points, 2 * clients.size)
            clients.keep(key, spent, now)
            mine = clients.size - spent
        elif not wait and points:
            clients.keep(key, spent + points, now)
            mine -= points
            if tenant != PUBLIC:
                tenants.keep(tenant, in_tenant + points, now)
                theirs -= points
        tighter = clients if mine <= theirs else tenants
        remaining = max(0, math.floor(min(mine, theirs)))
        return Taken(not wait, remaining, float(tighter.per_s), wait)


class _Leaky(Generic[Key]):
    """Levels by key that leak at a steady rate; the longest unused is forgotten."""

    def __init__(self, size: int, per_s: int, keys: int) -> None:
        self.size, self.per_s, self._keys = size, per_s, keys
        self._levels: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def level(self, key: Key, now: float) -> float:
        """What is in the bucket now."""
        level, since = self._levels.get(key, (0.0, now))
        return max(0.0, level - (now - since) * self.per_s)

    def wait_s(self, level: float, points: int) -> float:
        """Seconds until `points` fit; 0 when they do now."""
        return max(0.0, (level + points - self.size) / self.per_s)

    def keep(self, key: Key, level: float, now: float) -> None:
        """Note a level."""
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._keys:
            self._levels.popitem(last=False)
