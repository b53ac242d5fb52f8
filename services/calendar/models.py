"""Tables of the calendar: days, and the loads that changed them."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, DateTime, Integer, Text
from sqlalchemy.orm import Mapped

from infra.database.base import Base, Kind, public, table_info


class CalendarDay(Base):
    """A day whose kind is known.

    `is_official`: fixed by a notice of the State Council's office; such years have all their days
    here. Otherwise a statutory rest day of a year whose notice is not out yet, the only days of
    that year that are here. `name`: the festival that a rest day belongs to or that a workday
    makes up for (调休).
    """

    __tablename__ = "calendar_day"
    __table_args__ = ({"info": table_info(Kind.REFERENCE)},)
    day: Mapped[date] = public(Date, primary_key=True)
    is_workday: Mapped[bool] = public(Boolean)
    name: Mapped[str | None] = public(Text)
    source: Mapped[str] = public(Text)
    is_official: Mapped[bool] = public(Boolean)


class CalendarChange(Base):
    """One load of one year that changed days; the newest `version` is the calendar's.

    `first_on` and `last_on` bound the days that changed: a notice may move days of the December
    before its year, and an amended one days that were official (as in 2020). `is_shipped`: it
    came with the product. A year that an operator loaded is theirs: what ships with the product
    leaves it alone from then on.
    """

    __tablename__ = "calendar_change"
    __table_args__ = ({"info": table_info(Kind.REFERENCE)},)
    version: Mapped[int] = public(Integer, primary_key=True, autoincrement=False)
    year: Mapped[int] = public(Integer)
    source: Mapped[str] = public(Text)
    days_changed: Mapped[int] = public(Integer)
    first_on: Mapped[date] = public(Date)
    last_on: Mapped[date] = public(Date)
    is_shipped: Mapped[bool] = public(Boolean)
    loaded_at: Mapped[datetime] = public(DateTime(timezone=True))
