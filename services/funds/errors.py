"""Why commands about prepaid fees can be refused."""

from infra.errors import ErrorCode, SharedCode
from services.ledger.errors import LedgerErrorCode


class CustodyAccountErrorCode(ErrorCode):
    """监管账户错误代码 — why a command about a supervised account was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    WRONG_STATE = "WRONG_STATE", "状态不符 — the account's state does not allow this step"
    ACCOUNT_NO_INVALID = "ACCOUNT_NO_INVALID", "账号有误 — an account number has 8 to 32 digits"
    BANK_CODE_INVALID = "BANK_CODE_INVALID", "银行代码有误 — 2 to 20 capitals and digits"
    ACCOUNT_NO_TAKEN = "ACCOUNT_NO_TAKEN", "账号已登记 — this account number is entered already"
    ALREADY_OPEN = "ALREADY_OPEN", "已有账户 — the institution has a live account of this kind"
    INSTITUTION_CLOSED = "INSTITUTION_CLOSED", "机构已关停 — a closed institution opens no account"
    ORDER_OPEN = "ORDER_OPEN", "已有待确认的指令 — an order waits to be confirmed already"
    NO_ORDER = "NO_ORDER", "没有待确认的指令 — there is no such order to confirm"
    SAME_HAND = "SAME_HAND", "不得由同一人确认 — who asked for it does not confirm it"
    NOT_EMPTY = "NOT_EMPTY", "资金未清 — guardians' or the institution's money is still there"


class ContractErrorCode(ErrorCode):
    """合同错误代码 — why a command about a contract was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    POSTINGS_STOPPED = LedgerErrorCode.POSTINGS_STOPPED
    EXCEEDS_BALANCE = LedgerErrorCode.EXCEEDS_BALANCE
    WRONG_STATE = "WRONG_STATE", "状态不符 — the contract's state does not allow this step"
    GUARDIAN_UNKNOWN = "GUARDIAN_UNKNOWN", "家长账户不存在 — no guardian has this login"
    CHILD_REF_INVALID = "CHILD_REF_INVALID", "学籍号或证件号有误 — 8 to 32 letters and digits"
    HOURS_INVALID = "HOURS_INVALID", "课时数有误 — at least one hour"
    GIFT_HOURS_INVALID = "GIFT_HOURS_INVALID", "赠课数有误 — none, or up to the hours allowed"
    AMOUNT_INVALID = "AMOUNT_INVALID", "金额有误 — an amount is above zero and within bounds"
    TOTAL_DIFFERS = "TOTAL_DIFFERS", "总价不符 — the total is hours times the price of an hour"
    DATES_INVALID = "DATES_INVALID", "起止日期有误 — it ends before it starts, or is over"
    SPAN_TOO_LONG = "SPAN_TOO_LONG", "时间跨度超限 — R1: longer than may be paid ahead"
    HOURS_TOO_MANY = "HOURS_TOO_MANY", "课时超限 — R1: more hours than may be paid ahead"
    AMOUNT_TOO_HIGH = "AMOUNT_TOO_HIGH", "金额超限 — R2: more than may be paid ahead"
    TOO_EARLY = "TOO_EARLY", "过早收费 — R3: too long before the course starts"
    CATEGORY_UNFIT = "CATEGORY_UNFIT", "类别不符 — a non-subject institution teaches no subjects"
    ACCOUNT_NOT_ACTIVE = "ACCOUNT_NOT_ACTIVE", "监管账户未启用 — R6: no active custody account"
    NOT_LICENSED = "NOT_LICENSED", "机构无有效许可 — R9: no licence that runs"
    NOT_WHITE_LISTED = "NOT_WHITE_LISTED", "机构不在白名单 — R9: not on the white list"
    BLACK_LISTED = "BLACK_LISTED", "机构在黑名单 — R9: on the black list"
    UNQUALIFIED = "UNQUALIFIED", "机构年检不合格 — R9: its last annual inspection failed"
    ACCOUNT_NO_INVALID = "ACCOUNT_NO_INVALID", "账号有误 — an account number has 8 to 32 digits"
    SERIAL_INVALID = "SERIAL_INVALID", "流水号有误 — 4 to 40 letters, digits and hyphens"
    SERIAL_TAKEN = "SERIAL_TAKEN", "流水号已入账 — the serial number was recorded already"
    ABOVE_TOTAL = "ABOVE_TOTAL", "超过合同总价 — more than what is left to be paid"
    DAY_INVALID = "DAY_INVALID", "付款日期有误 — a day that has not come yet"
    SERIAL_DIFFERS = "SERIAL_DIFFERS", "与银行流水不符 — the statement's line says otherwise"


class LessonErrorCode(ErrorCode):
    """消课错误代码 — why a command about lessons was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    POSTINGS_STOPPED = LedgerErrorCode.POSTINGS_STOPPED
    EXCEEDS_BALANCE = LedgerErrorCode.EXCEEDS_BALANCE
    WRONG_STATE = "WRONG_STATE", "状态不符 — the lesson's or contract's state does not allow it"
    HOURS_INVALID = "HOURS_INVALID", "课时数有误 — none, or more than what is left"
    DAY_INVALID = "DAY_INVALID", "上课日期有误 — outside the contract, or not come yet"
    PERIOD_OVER = "PERIOD_OVER", "确认期已满 — silence has confirmed it"
    ACCOUNT_NO_INVALID = "ACCOUNT_NO_INVALID", "账号有误 — an account number has 8 to 32 digits"


class RefundErrorCode(ErrorCode):
    """退费错误代码 — why a command about a refund was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    POSTINGS_STOPPED = LedgerErrorCode.POSTINGS_STOPPED
    EXCEEDS_BALANCE = LedgerErrorCode.EXCEEDS_BALANCE
    WRONG_STATE = "WRONG_STATE", "状态不符 — the refund's or contract's state does not allow it"
    AMOUNT_INVALID = "AMOUNT_INVALID", "金额有误 — nothing, or more than what is left"
    REFUND_OPEN = "REFUND_OPEN", "已有退费申请 — a request about the contract is open"
    PERIOD_OVER = "PERIOD_OVER", "答复期已满 — silence has agreed to it"
    ACCOUNT_NO_INVALID = "ACCOUNT_NO_INVALID", "账号有误 — an account number has 8 to 32 digits"


class FundAlertErrorCode(ErrorCode):
    """资金预警错误代码 — why a command about an alert was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    WRONG_STATE = "WRONG_STATE", "状态不符 — the alert's state does not allow this step"
