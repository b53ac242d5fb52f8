"""Why a change of the organisation can be refused."""

from infra.errors import ErrorCode


class OrganisationErrorCode(ErrorCode):
    """组织错误代码 — why a change of units, posts or holders was refused"""

    TERM_OVERLAPS = "TERM_OVERLAPS", "任期重叠 — the new term begins before the present one ends"
