"""Why a command about a message can be refused."""

from infra.errors import ErrorCode, SharedCode


class MessageErrorCode(ErrorCode):
    """消息错误代码 — why a command about a message was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
