"""Whose messages an asker sees: their own."""

from sqlalchemy import ColumnElement, Text, Uuid, and_, cast, false, func

from services.notifications.models import Channel, Message
from tenants.scope import Scope, ScopeKind, scope_setting


def visible(scope: Scope) -> ColumnElement[bool]:
    """The asker's own in-app messages; supervisors' and the public's inboxes are empty."""
    if scope.kind is not ScopeKind.COUNTY:
        return false()
    # A scope without an account carries an empty text, which is no uuid.
    asker = cast(func.nullif(scope_setting("app.account_id", "text"), "", type_=Text), Uuid)
    return and_(Message.account_id == asker, Message.channel == Channel.IN_APP)
