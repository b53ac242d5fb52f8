"""Inputs of the deadline mutations."""

import strawberry

from schema.organisation.ids import row_id
from services.deadlines.service import ExtendDeadline


@strawberry.input(description="延期 — the one extension of a deadline")
class DeadlineExtendInput:
    id: strawberry.ID = strawberry.field(description="期限 — id of the deadline")
    expected_version: int = strawberry.field(
        description="预期版本 — the version that was read; CONFLICT when it has changed"
    )
    days: int = strawberry.field(description="天数 — calendar days more, within the policy")
    reason: str = strawberry.field(description="理由 — 5 to 200 characters, kept in the audit")

    def command(self, tenant_id: int) -> ExtendDeadline:
        """The command in that tenant."""
        deadline = row_id(self.id, tenant_id, "Deadline")
        return ExtendDeadline(deadline, self.expected_version, self.days, self.reason)
