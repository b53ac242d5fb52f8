"""The one clock: database time plus the shift row (non-zero in demo and test databases only)."""

from datetime import timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The legal time of the domain; China has no daylight saving since 1991."""

NOW_SQL = "current_setting('app.now')::timestamptz"
"""The instant of the current unit of work, as the session door and compiled reads set it."""
