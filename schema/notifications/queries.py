"""Root fields of the inbox."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.notifications.types import Message, MessageConnection
from tenants.access import Permission


@strawberry.type
class NotificationQuery:
    message: Message | None = by_id(
        "Message", "消息 — one message of one's own inbox", requires=Permission.INBOX_READ
    )
    inbox: MessageConnection | None = every(
        "收件箱 — one's own messages, the newest first", requires=Permission.INBOX_READ
    )
