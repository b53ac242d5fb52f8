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
    LICENCE_INVALID = "LICENCE_INVALID", "许可证号有误 — 4 to 40 letters, digits and hyphens"
    LICENCE_TAKEN = "LICENCE_TAKEN", "许可证号已登记 — another institution has this licence"
    LICENCE_ENDED = "LICENCE_ENDED", "许可证已过期 — the licence's last day has passed"
    YEAR_UNFIT = "YEAR_UNFIT", "年度不符 — no year that can have been inspected yet"
    SIGNED_RESULT = (
        "SIGNED_RESULT",
        "已由领导签署 — a result that a leader signed is changed by a leader alone",
    )
    INSTITUTION_CLOSED = "INSTITUTION_CLOSED", "机构已关停 — a closed institution is not changed"


class ListErrorCode(ErrorCode):
    """名单错误代码 — why a command about the lists was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    ALREADY_LISTED = "ALREADY_LISTED", "已在名单 — the institution is on this list already"
    ON_BLACK_LIST = "ON_BLACK_LIST", "在黑名单中 — it must leave the black list first"
    REASON_UNFIT = "REASON_UNFIT", "理由不符 — this reason belongs to the other list"
    INSTITUTION_CLOSED = InstitutionErrorCode.INSTITUTION_CLOSED
    ALREADY_REMOVED = "ALREADY_REMOVED", "已移出 — the entry is no longer in force"
    MONTH_PUBLISHED = "MONTH_PUBLISHED", "本月已公布 — the lists of this month are signed"
    NOT_A_DRAFT = "NOT_A_DRAFT", "不是草稿 — the publication is signed or withdrawn"
    LISTS_CHANGED = "LISTS_CHANGED", "名单有变 — the lists changed since the draft; draft again"
    SAME_HAND = "SAME_HAND", "不得由同一人签署 — who drafted may not sign"
