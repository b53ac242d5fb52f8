"""Why a statement can be refused, and what a caller of `instruct` can get wrong."""

from infra.errors import ErrorCode, SharedCode


class StatementErrorCode(ErrorCode):
    """对账单错误代码 — why a bank statement was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    FILE_SIZE = "FILE_SIZE", "文件大小不符 — the file is empty or has too many rows or characters"
    HEADER_INVALID = "HEADER_INVALID", "表头有误 — the first row does not name the seven columns"
    ROW_INVALID = "ROW_INVALID", "行格式有误 — the row does not have seven cells, or broken quotes"
    DATE_INVALID = "DATE_INVALID", "交易日期有误 — no date, or a day that has not come yet"
    SERIAL_INVALID = "SERIAL_INVALID", "流水号有误 — the serial number has another form"
    SERIAL_REPEATED = "SERIAL_REPEATED", "流水号重复 — two rows of the file have one serial number"
    SERIAL_TAKEN = (
        "SERIAL_TAKEN",
        "流水号已入账 — the serial number was imported before with another content",
    )
    AMOUNT_INVALID = "AMOUNT_INVALID", "金额有误 — no positive amount in yuan"
    DIRECTION_INVALID = "DIRECTION_INVALID", "借贷方向有误 — neither received nor paid"
    BALANCE_INVALID = (
        "BALANCE_INVALID",
        "余额有误 — no amount, or it does not follow from the row before",
    )
    TEXT_INVALID = SharedCode.TEXT_INVALID
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    MORE_FAULTS = "MORE_FAULTS", "还有其他错误 — more faults than are told at once"


class UnfitPayment(ValueError):
    """No account, amount, name or reference that a bank could be told."""


class InstructionClash(Exception):
    """What is to be paid has a live instruction with another payee, account or amount."""


class LineTaken(Exception):
    """The line of the statement belongs to something else already, or is unknown."""
