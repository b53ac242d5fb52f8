"""Tables of the supervision of prepaid fees."""

from services.funds.models.contracts import (
    Contract,
    ContractPayment,
    ContractStatus,
    DecidedBy,
    FeeStatus,
    Lesson,
    LessonStatus,
    RefundRequest,
    RefundStatus,
    UnclaimedReason,
)
from services.funds.models.custody import (
    AlertLevel,
    AlertRule,
    AlertStatus,
    CustodyAccount,
    CustodyKind,
    CustodyOrder,
    CustodyStatus,
    FundAlert,
    OrderKind,
)

__all__ = [
    "AlertLevel",
    "AlertRule",
    "AlertStatus",
    "Contract",
    "ContractPayment",
    "ContractStatus",
    "CustodyAccount",
    "CustodyKind",
    "CustodyOrder",
    "CustodyStatus",
    "DecidedBy",
    "FeeStatus",
    "FundAlert",
    "Lesson",
    "LessonStatus",
    "OrderKind",
    "RefundRequest",
    "RefundStatus",
    "UnclaimedReason",
]
