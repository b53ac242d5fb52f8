"""The one command on the ledger that a person gives: all postings come from other nouns."""

import strawberry

from schema.fields import changed, mutation
from schema.ledger.inputs import LedgerStopLiftInput
from schema.ledger.types import LedgerStop
from schema.payloads import payload, shown
from services.ledger import service
from services.ledger.errors import LedgerErrorCode
from tenants.access import Permission


@payload(LedgerErrorCode, "解除结果 — the stop, or why it was not lifted")
class LedgerStopLiftPayload:
    stop: LedgerStop | None = shown("停止记账 — the stop as it is now")


@strawberry.type
class LedgerMutation:
    @mutation(
        "解除停止记账 — postings go on when no stop is left, and the books are checked again",
        action="ledger.lift",
        permission=Permission.LEDGER_LIFT,
    )
    async def ledger_stop_lift(
        self, info: strawberry.Info, input: LedgerStopLiftInput
    ) -> LedgerStopLiftPayload | None:
        return LedgerStopLiftPayload(stop=await changed(LedgerStop, service.lift_stop, info, input))
