"""Why a command about a reward can be refused."""

from infra.errors import ErrorCode, SharedCode
from services.ledger.errors import LedgerErrorCode


class RewardErrorCode(ErrorCode):
    """奖励错误代码 — why a command about a reward was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    CONFLICT = SharedCode.CONFLICT
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    POSTINGS_STOPPED = LedgerErrorCode.POSTINGS_STOPPED
    WRONG_STATE = "WRONG_STATE", "状态不符 — the reward's state does not allow this step"
    NO_SCHEME = "NO_SCHEME", "无有效办法 — no reward scheme was in force when the report came in"
    AMOUNT_OUT_OF_RANGE = "AMOUNT_OUT_OF_RANGE", "金额超出办法 — outside the scheme's bounds"
    NOT_SUBSTANTIATED = "NOT_SUBSTANTIATED", "线索未查实 — only a substantiated clue is rewarded"
    DUPLICATE = "DUPLICATE", "重复 — the clue has a reward already"
    NOT_FIRST = "NOT_FIRST", "非首报 — an earlier report was about the same fact"
    ANONYMOUS = "ANONYMOUS", "匿名 — the reporter left nothing to be reached by"
    STAFF = "STAFF", "本单位人员 — people whose duty it was to find out get no reward"
    EXCLUDED = "EXCLUDED", "不予奖励人员 — the reporter is on the list of those excluded"
    SAME_PERSON = (
        "SAME_PERSON",
        "同一人 — proposer, approver and both payers differ",
    )
    TIER_EXCEEDED = "TIER_EXCEEDED", "超出审批权限 — the amount is above what the approver may sign"
    BUDGET_MISSING = "BUDGET_MISSING", "无预算 — the year has no budget for rewards yet"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED", "预算不足 — the year's budget does not cover the amount"
    BUDGET_EXISTS = "BUDGET_EXISTS", "预算已设 — the year has its budget already"
    APPROVAL_STALE = (
        "APPROVAL_STALE",
        "审批失效 — not what was approved any more",
    )
    CLAIM_WINDOW_CLOSED = "CLAIM_WINDOW_CLOSED", "领取期已过 — the window for claiming has passed"
    RECEIPT_WRONG = "RECEIPT_WRONG", "回执不符 — the receipt shown is not this report's"
    IDENTITY_INVALID = "IDENTITY_INVALID", "身份证号有误 — the identity number breaks GB 11643"
    ACCOUNT_INVALID = "ACCOUNT_INVALID", "账号有误 — not a bank account number"
    BANK_INVALID = "BANK_INVALID", "开户行代码有误 — a bank's code in capitals, such as CCB"
    YEAR_INVALID = "YEAR_INVALID", "年度有误 — a year from 2000 to 2100"
    PHONE_INVALID = "PHONE_INVALID", "手机号有误 — not a mobile number of the mainland"
    ALREADY_PAID = "ALREADY_PAID", "已支付 — the reward was paid or is being paid"
