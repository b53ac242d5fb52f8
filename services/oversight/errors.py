"""Why a command about a paper of oversight can be refused."""

from infra.errors import ErrorCode, SharedCode


class OversightErrorCode(ErrorCode):
    """督导错误代码 — why a command about a paper of oversight was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    CONFLICT = SharedCode.CONFLICT
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    WRONG_STATE = "WRONG_STATE", "状态不符 — the paper's state does not allow this step"
    NOT_BELOW = "NOT_BELOW", "不在辖区 — the target is not a county or zone of the jurisdiction"
