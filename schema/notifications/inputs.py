"""Inputs of the inbox mutations."""

import strawberry


@strawberry.input(description="标记已读 — says that a message was read")
class MessageMarkReadInput:
    id: strawberry.ID = strawberry.field(description="消息 — id of a message of one's own inbox")
