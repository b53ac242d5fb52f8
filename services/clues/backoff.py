"""Slows a guesser of receipts down, in memory only, without locking the owner out."""

import time
from collections import OrderedDict

from infra.network import network_of

FREE_TRIES = 5
LONGEST_S = 300.0
_SIZE = 50_000
_DOUBLINGS = 9


class Backoff:
    """Pauses by address bucket × ticket: another address is never made to wait."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait_s(self, address: str, ticket_no: str) -> float:
        """Seconds this address has to wait before it may try this ticket again."""
        count, since = self._wrong.get(self._key(address, ticket_no), (0, 0.0))
        if count < FREE_TRIES:
            return 0.0
        # Capped before the power: a patient guesser must not overflow it.
        pause = min(2.0 ** min(count - FREE_TRIES, _DOUBLINGS), LONGEST_S)
        return max(0.0, since + pause - time.monotonic())

    def wrong(self, address: str, ticket_no: str) -> None:
        """Note a wrong receipt."""
        key = self._key(address, ticket_no)
        count, _ = self._wrong.pop(key, (0, 0.0))
        self._wrong[key] = (count + 1, time.monotonic())
        if len(self._wrong) > _SIZE:
            self._wrong.popitem(last=False)

    def right(self, address: str, ticket_no: str) -> None:
        """Forget an address's mistakes once it has shown the receipt."""
        self._wrong.pop(self._key(address, ticket_no), None)

    @staticmethod
    def _key(address: str, ticket_no: str) -> tuple[str, str]:
        return network_of(address), ticket_no
