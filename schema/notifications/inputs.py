"""Inputs of the inbox mutations."""

from uuid import UUID

import strawberry

from schema.organisation.ids import row_id


@strawberry.input(description="标记已读 — says that a message was read")
class MessageMarkReadInput:
    id: strawberry.ID = strawberry.field(description="消息 — id of a message of one's own inbox")

    def command(self, tenant_id: int) -> UUID:
        """The message to mark."""
        return row_id(self.id, tenant_id, "Message")
