"""Why the ledger can refuse."""

from infra.errors import ErrorCode, SharedCode


class LedgerErrorCode(ErrorCode):
    """账务错误代码 — why the ledger refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    EXCEEDS_BALANCE = "EXCEEDS_BALANCE", "余额不足 — the account's available balance is too small"
    EXCEEDS_LIMIT = "EXCEEDS_LIMIT", "超过上限 — the account would rise above its limit"
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN", "账户不存在 — no such account in the ledger"
    SAME_ACCOUNT = "SAME_ACCOUNT", "借贷同户 — debit and credit are the same account"
    AMOUNT_INVALID = "AMOUNT_INVALID", "金额无效 — an amount is above zero and within bounds"
    KEY_REUSED = "KEY_REUSED", "业务键已用 — the transfer's key was used with another content"
    TRANSFER_UNKNOWN = "TRANSFER_UNKNOWN", "流水不存在 — no such transfer, or not of that phase"
    ALREADY_RESOLVED = "ALREADY_RESOLVED", "已了结 — what was set aside has been resolved already"
    AMOUNT_EXCEEDS_PENDING = (
        "AMOUNT_EXCEEDS_PENDING",
        "超过冻结额 — more than what was set aside",
    )
    PENDING_EXPIRED = "PENDING_EXPIRED", "冻结已到期 — what was set aside has expired"
    PENDING_NOT_EXPIRED = "PENDING_NOT_EXPIRED", "冻结未到期 — it has not expired yet"
    ALREADY_REVERSED = "ALREADY_REVERSED", "已冲正 — the transfer has been reversed already"
    PAYOUT_LIVE = "PAYOUT_LIVE", "已有在途或已付款项 — a payout for the same subject is live"
    POSTINGS_STOPPED = "POSTINGS_STOPPED", "记账已停止 — the books do not agree; postings stopped"
    NOT_STOPPED = "NOT_STOPPED", "记账未停止 — there is no stop to lift, or it was lifted already"
