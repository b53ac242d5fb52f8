"""Words of prepaid fees, which inputs need before the types."""

from schema.organisation.vocabulary import vocabulary
from services.funds.models import (
    AlertLevel,
    AlertRule,
    AlertStatus,
    ContractStatus,
    CustodyKind,
    CustodyStatus,
    DecidedBy,
    FeeStatus,
    LessonStatus,
    OrderKind,
    RefundStatus,
    UnclaimedReason,
)

vocabulary(
    CustodyKind,
    "监管账户类别 — what a supervised account holds",
    CUSTODY="预收费银行托管 — prepaid fees",
    DEPOSIT="风险保证金 — risk deposit",
)
vocabulary(
    CustodyStatus,
    "监管账户状态 — of a supervised account",
    OPENED="已开户 — waits to be filed",
    ACTIVE="已备案启用 — filed, contracts are paid to it",
    FROZEN="已冻结 — nothing is released from it",
    CLOSED="已注销 — closed",
)
vocabulary(
    OrderKind,
    "监管指令类别 — what an order does to an account",
    FREEZE="冻结 — it releases nothing",
    UNFREEZE="解冻 — it goes on",
)
vocabulary(
    ContractStatus,
    "合同状态 — of a contract",
    DRAFT="草稿 — waits for the guardian's signature",
    SIGNED="已签署 — waits to be paid in full",
    ACTIVE="履行中 — paid in full",
    COMPLETED="已完成 — all hours are consumed",
    TERMINATED="已终止 — ended by a refund",
)
vocabulary(
    FeeStatus,
    "缴费状态 — of a guardian's payment",
    BOOKED="已入账 — on the contract",
    UNCLAIMED="未入账 — waits for its reason to pass",
)
vocabulary(
    UnclaimedReason,
    "未入账原因 — why a payment is not on its contract",
    ABOVE_TOTAL="超过合同总价 — more than what is left to be paid",
    TOO_EARLY="早于允许收费日 — R3",
    NOT_SIGNED="合同未签署 — the contract is a draft",
    ACCOUNT_NOT_ACTIVE="监管账户不可用 — not active, frozen or closed",
    OTHER_ACCOUNT="汇入其他账户 — not the contract's account",
)
vocabulary(
    LessonStatus,
    "消课状态 — of a lesson",
    PENDING_CONFIRM="待家长确认 — silence will confirm it",
    DISPUTED="有争议 — the fund supervisor decides",
    CONFIRMED="已确认 — waits to be released",
    RELEASED="已拨付 — the bank has been told to pay",
    CANCELLED="已撤销 — not taught, the price is free again",
)
vocabulary(
    RefundStatus,
    "退费状态 — of a refund",
    REQUESTED="待机构答复 — silence will agree to it",
    DISPUTED="有争议 — the fund supervisor decides",
    AGREED="已同意 — waits to be paid",
    PAYING="支付中 — the bank has been told to pay",
    EXECUTED="已退回 — paid by the bank",
    REFUSED="不予退费 — refused by the fund supervisor",
)
vocabulary(
    DecidedBy,
    "决定方 — whose word or silence settled it",
    GUARDIAN="家长 — the guardian",
    INSTITUTION="机构 — the institution",
    SILENCE="逾期未答复 — nobody said anything in time",
    SUPERVISOR="教委监督 — the fund supervisor",
)
vocabulary(
    AlertRule,
    "资金预警规则 — what an alert warns of",
    BALANCE_BELOW_UNCONSUMED="余额低于未消课资金 — the bank holds less than is guardians' own",
)
vocabulary(
    AlertLevel,
    "预警等级 — of an alert",
    YELLOW="黄色 — to be watched",
    RED="红色 — to be looked into at once",
)
vocabulary(
    AlertStatus,
    "预警状态 — of an alert",
    RAISED="已触发 — nobody has taken it up",
    INVESTIGATING="核查中 — taken up",
    HANDLED="已处置 — closed with what was done",
    FALSE_ALARM="误报 — nothing was wrong",
)
