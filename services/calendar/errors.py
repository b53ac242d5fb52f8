"""Why a year's file can be refused."""

from infra.errors import ErrorCode


class CalendarErrorCode(ErrorCode):
    """日历错误代码 — why a year's file was refused"""

    FILE_UNREADABLE = "FILE_UNREADABLE", "文件无法读取 — no CSV of day, is_workday, name"
    YEAR_OUT_OF_RANGE = "YEAR_OUT_OF_RANGE", "年份超出范围 — the calendar has no such year"
    SOURCE_INVALID = "SOURCE_INVALID", "须注明文号 — the notice's number is missing or too long"
    DAY_INVALID = "DAY_INVALID", "日期有误 — no date, or not one this notice can fix"
    DAY_REPEATED = "DAY_REPEATED", "日期重复 — the day is listed twice"
    KIND_INVALID = "KIND_INVALID", "班休标记有误 — is_workday is neither 1 nor 0"
    NAME_INVALID = "NAME_INVALID", "节日名称有误 — the festival's name is missing or too long"
    STATUTORY_REST = "STATUTORY_REST", "法定节日不得上班 — a rest day by law is not given off"
