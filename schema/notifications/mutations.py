"""Commands of the inbox in the API."""

import strawberry

from schema.compiler.sources import read
from schema.fields import UserError, mutation
from schema.notifications.inputs import MessageMarkReadInput
from schema.notifications.types import Message
from schema.organisation.ids import row_id
from services.notifications import service
from tenants.access import Permission


@strawberry.type(description="标记已读结果 — the message, or why it was refused")
class MessageMarkReadPayload:
    message: Message | None = strawberry.field(
        default=None, description="消息 — the message as it is now"
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="用户错误 — what the user can mend"
    )


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
        context = info.context
        message_id = row_id(input.id, context.principal.tenant_id, "Message")
        row = await service.mark_read(context.session, context.principal, message_id)
        return MessageMarkReadPayload(message=read(Message, row.id, row.tenant_id))
