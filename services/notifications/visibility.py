"""Whose messages an asker sees: their own."""

from sqlalchemy import ColumnElement, false

from services.notifications.models import Channel, Message
from tenants.scope import Scope, ScopeKind, scope_setting


def visible(scope: Scope) -> ColumnElement[bool]:
    """The asker's own in-app messages; supervisors' and the public's inboxes are empty."""
    if scope.kind is not ScopeKind.COUNTY:
        return false()
    own = Message.account_id == scope_setting("app.account_id", "uuid")
    return own & (Message.channel == Channel.IN_APP)
