"""Why a command about an institution can be refused."""

from infra.errors import ErrorCode, SharedCode


class InstitutionErrorCode(ErrorCode):
    """机构错误代码 — why a command about an institution was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    CONFLICT = SharedCode.CONFLICT
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    USCC_INVALID = "USCC_INVALID", "信用代码有误 — the USCC breaks GB 32100-2015"
    USCC_TAKEN = "USCC_TAKEN", "信用代码已登记 — an institution of the county has this USCC"
    INSTITUTION_CLOSED = "INSTITUTION_CLOSED", "机构已关停 — a closed institution is not changed"
