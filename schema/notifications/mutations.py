"""Commands of the inbox in the API."""

import strawberry

from schema.fields import changed, mutation
from schema.notifications.inputs import MessageMarkReadInput
from schema.notifications.types import Message
from schema.payloads import payload, shown
from services.notifications import service
from services.notifications.errors import MessageErrorCode
from tenants.access import Permission


@payload(MessageErrorCode, "标记已读结果 — the message, or why it was refused")
class MessageMarkReadPayload:
    message: Message | None = shown("消息 — the message as it is now")


@strawberry.type
class NotificationMutation:
    @mutation(
        "标记已读 — mark a message of one's own as read; again changes nothing",
        action="message.mark_read",
        permission=Permission.INBOX_READ,
    )
    async def message_mark_read(
        self, info: strawberry.Info, input: MessageMarkReadInput
    ) -> MessageMarkReadPayload | None:
        return MessageMarkReadPayload(
            message=await changed(Message, service.mark_read, info, input)
        )
