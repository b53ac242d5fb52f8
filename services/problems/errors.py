"""Why a command about a problem can be refused."""

from infra.errors import ErrorCode, SharedCode
from services.files.errors import FileErrorCode


class ProblemErrorCode(ErrorCode):
    """问题错误代码 — why a command about a problem was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    CONFLICT = SharedCode.CONFLICT
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    WRONG_STATE = "WRONG_STATE", "状态不符 — the problem's state does not allow this step"
    SUBJECT_MISSING = "SUBJECT_MISSING", "缺少对象 — name an institution, or a subject and its unit"
    SOURCE_UNFIT = "SOURCE_UNFIT", "来源不符 — a clue's problem is opened by its conclusion"
    GOAL_MISSING = "GOAL_MISSING", "缺少整改目标 — a notice states the goal"
    DUE_MISSING = "DUE_MISSING", "缺少整改时限 — a notice states the last day"
    MEASURES_MISSING = "MEASURES_MISSING", "缺少整改措施 — a notice states the measures"
    DUE_OUT_OF_RANGE = "DUE_OUT_OF_RANGE", "时限不符 — the last day is too early or too late"
    EVIDENCE_MISSING = "EVIDENCE_MISSING", "缺少佐证 — at least one photo or paper is needed"
    FILE_TAKEN = FileErrorCode.FILE_TAKEN
    FILE_EXPIRED = FileErrorCode.FILE_EXPIRED
    FILE_REPEATED = FileErrorCode.FILE_REPEATED
    ALREADY_NOTIFIED = "ALREADY_NOTIFIED", "已通报 — those concerned have been told"
    SAME_HAND = (
        "SAME_HAND",
        "不得由同一人复核 — who found it or sent the evidence does not re-check it",
    )
    DAYS_OUT_OF_RANGE = "DAYS_OUT_OF_RANGE", "延期天数不符 — fewer than 1 or more than allowed"
    ALREADY_EXTENDED = "ALREADY_EXTENDED", "已延期一次 — a rectification is extended once"
    NOT_EXTENDABLE = "NOT_EXTENDABLE", "不可延期 — no rectification of it is running"
    DEADLINE_CLOSED = "DEADLINE_CLOSED", "期限已了结 — its deadline does not run any more"
