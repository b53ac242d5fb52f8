"""Why a command about a clue can be refused."""

from infra.errors import ErrorCode, SharedCode


class ClueErrorCode(ErrorCode):
    """线索错误代码 — why a command about a clue was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    PHONE_INVALID = "PHONE_INVALID", "手机号有误 — not a mobile number of the mainland"
    TENANT_TAKES_NO_REPORTS = (
        "TENANT_TAKES_NO_REPORTS",
        "未开通受理 — the place does not take reports yet",
    )
    WRONG_STATE = "WRONG_STATE", "状态不符 — the clue's state does not allow this step"
    MERGE_INTO_ITSELF = "MERGE_INTO_ITSELF", "并入自身 — a clue is merged into another one"
    TARGET_IS_MERGED = "TARGET_IS_MERGED", "目标已合并 — the target was merged itself"
    TARGET_IS_LATER = "TARGET_IS_LATER", "目标较晚 — the target was received later"
    ALREADY_REPLIED = "ALREADY_REPLIED", "已答复 — the reporter has the answer already"
    NO_PHONE = "NO_PHONE", "未留手机号 — the reporter left no number to send to"
    POST_UNFIT = "POST_UNFIT", "岗位不符 — this post may not see clues"
    CONDUCT_MISSING = "CONDUCT_MISSING", "缺少违规行为 — say which conduct was found"
    CONDUCT_UNWANTED = "CONDUCT_UNWANTED", "无违规行为 — nothing was found, so there is no conduct"
    SAME_HAND = "SAME_HAND", "不得由同一人签署 — who proposed the conclusion may not sign it"
