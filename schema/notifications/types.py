"""Messages of one's own inbox as a GraphQL type."""

from datetime import datetime
from typing import Any

from schema.compiler.declarations import Node, column, computed, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Tenant
from services.notifications.models import Message as MessageRow
from services.notifications.rules import Template, render
from services.notifications.visibility import visible


async def _texts(_context: Any, rows: list[dict[str, Any]]) -> list[str | Exception]:
    """What each message says, from its template and parameters."""
    return [render(Template(row["template"]), row["params"]) for row in rows]


@node(MessageRow, visible=visible, description="消息 — an in-app message to the asker")
class Message(Node):
    tenant: Tenant = one(MessageRow.tenant_id, "租户 — jurisdiction of the inbox")
    template: str = column(
        MessageRow.template, "模板 — stable name of what it is about", filter=True
    )
    text: str | None = computed(
        _texts,
        "正文 — what it says; never a reporter, never a subject",
        template=MessageRow.template,
        params=MessageRow.params,
    )
    created_at: datetime = column(
        MessageRow.created_at, "时间 — when it was written", filter=True, order=True
    )
    read_at: datetime | None = column(
        MessageRow.read_at, "已读时间 — null while unread", filter=True
    )


@connection("消息列表 — a page of messages", order=(MessageRow.created_at.desc(),))
class MessageConnection(Connection[Message]):
    """A page of messages."""
