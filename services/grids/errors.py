"""Why a command about a grid can be refused."""

from infra.errors import ErrorCode, SharedCode
from tenants.errors import OrganisationErrorCode


class GridErrorCode(ErrorCode):
    """网格错误代码 — why a command about a grid was refused"""

    NOT_FOUND = SharedCode.NOT_FOUND
    TEXT_LENGTH = SharedCode.TEXT_LENGTH
    TEXT_INVALID = SharedCode.TEXT_INVALID
    IDEMPOTENCY_KEY_INVALID = SharedCode.IDEMPOTENCY_KEY_INVALID
    IDEMPOTENCY_KEY_REUSED = SharedCode.IDEMPOTENCY_KEY_REUSED
    TERM_OVERLAPS = OrganisationErrorCode.TERM_OVERLAPS
    CODE_FULL_WIDTH = "CODE_FULL_WIDTH", "编码含全角字符 — the code has full-width characters"
    CODE_INVALID = "CODE_INVALID", "编码有误 — the code does not have the form of a place's code"
    PERIOD_INVALID = "PERIOD_INVALID", "起止日颠倒 — the last day lies before the first"
    TERRITORY_TAKEN = "TERRITORY_TAKEN", "辖区已有归属 — another grid has the place in that time"
    OFFICERS_ABOVE_MAX = "OFFICERS_ABOVE_MAX", "网格员超额 — the grid has as many as it may have"
