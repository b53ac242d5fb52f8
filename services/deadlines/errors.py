"""Why a command about a deadline can be refused."""

from infra.errors import ErrorCode, SharedCode


class DeadlineErrorCode(ErrorCode):
    """期限错误代码 — why a command about a deadline was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    CONFLICT = SharedCode.CONFLICT
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    DEADLINE_CLOSED = "DEADLINE_CLOSED", "期限已了结 — met or cancelled deadlines do not change"
    ALREADY_EXTENDED = "ALREADY_EXTENDED", "已延期一次 — a deadline is extended once"
    NOT_EXTENDABLE = "NOT_EXTENDABLE", "不可延期 — the rule of this deadline allows no extension"
    DAYS_OUT_OF_RANGE = "DAYS_OUT_OF_RANGE", "延期天数不符 — fewer than 1 or more than allowed"
