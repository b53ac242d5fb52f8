"""Whose messages an asker sees: their own."""

from sqlalchemy import ColumnElement, and_, false

from services.notifications.models import Channel, Message
from tenants.scope import Scope, ScopeKind, asking_account


def visible(scope: Scope) -> ColumnElement[bool]:
    """The asker's own in-app messages; supervisors' and the public's inboxes are empty."""
    if scope.kind is not ScopeKind.COUNTY:
        return false()
    return and_(Message.account_id == asking_account(), Message.channel == Channel.IN_APP)
