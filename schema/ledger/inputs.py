"""Inputs of the ledger's one mutation."""

import strawberry

from schema.organisation.ids import row_id
from services.ledger.service import LiftLedgerStop


@strawberry.input(description="解除停止记账 — lets postings go on, and says why")
class LedgerStopLiftInput:
    id: strawberry.ID = strawberry.field(description="停止记账 — id of the stop")
    reason: str = strawberry.field(
        description="解除原因 — what was examined and put right; 5 to 500 characters"
    )

    def command(self, tenant_id: int) -> LiftLedgerStop:
        """The command in that tenant."""
        return LiftLedgerStop(row_id(self.id, tenant_id, "LedgerStop"), self.reason)
