"""Root fields of the inbox."""

import strawberry

from schema.compiler.sources import by_id, every
from schema.notifications.types import Message, MessageConnection
from services.notifications.models import Message as MessageRow
from tenants.access import Permission


@strawberry.type
class NotificationQuery:
    message: Message | None = by_id(
        "Message", "消息 — one message of one's own inbox", requires=Permission.INBOX_READ
    )
    inbox: MessageConnection | None = every(
        "收件箱 — one's own messages, the newest first",
        order=(MessageRow.created_at.desc(),),
        requires=Permission.INBOX_READ,
    )
    inbox_unread: MessageConnection | None = every(
        "未读消息 — one's own unread messages, the newest first",
        where=MessageRow.read_at.is_(None),
        order=(MessageRow.created_at.desc(),),
        requires=Permission.INBOX_READ,
    )
