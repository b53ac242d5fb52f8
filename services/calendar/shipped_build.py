"""Makes `years.csv` and `days.csv` from the packages `chinesecalendar` and `holidays`.

`python -m services.calendar.shipped_build`; both packages are needed for building and testing
alone. Official years come from the first; rest days by law of later years, those given in place
of one that falls on a weekend (补假) included, from the second, which knows the moon to 2100.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays

from services.calendar.rules import is_weekday

FIRST, LAST_OFFICIAL, LAST = 2004, 2026, 2100

NOTICES = {
    2006: "国办发明电〔2005〕35号",
    2007: "国办发明电〔2006〕49号",
    2024: "国办发明电〔2023〕7号",
    2025: "国办发明电〔2024〕12号",
    2026: "国办发明电〔2025〕7号",
}
"""Numbers of notices whose text was read; other years name the kind of document alone."""

CORRECTIONS = {date(2005, 12, 31): (True, "元旦")}
"""Where the package differs from a notice: 国办发明电〔2005〕35号 «12月31日(星期六)上班»."""

NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


def official() -> Iterator[tuple[date, bool, str]]:
    """Days of official years that are no plain weekday or weekend."""
    day = date(FIRST, 1, 1)
    while day.year <= LAST_OFFICIAL:
        if day in CORRECTIONS:
            yield day, *CORRECTIONS[day]
        else:
            _, english = chinese_calendar.get_holiday_detail(day)
            is_workday = chinese_calendar.is_workday(day)
            if english is not None:
                name = chinese_calendar.Holiday(english).chinese
                yield day, is_workday, NAMES.get(name, name)
            elif is_workday != (is_weekday(day)):
                raise ValueError(f"{day} differs from a plain week without a festival")
        day += timedelta(days=1)


def by_law() -> Iterator[tuple[date, bool, str]]:
    """Rest days by law of the years whose notice is not out."""
    span = range(LAST_OFFICIAL + 1, LAST + 1)
    for day, name in sorted(holidays.country_holidays("CN", years=span, language="zh_CN").items()):
        if day.year in span:
            yield day, False, name


def main() -> None:
    """Write both tables beside this module."""
    folder = Path(__file__).parent
    with (folder / "years.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("year", "is_official", "source"))
        for year in range(FIRST, LAST + 1):
            is_official = year <= LAST_OFFICIAL
            notice = NOTICES.get(year, f"国务院办公厅{year}年部分节假日安排")
            source = notice if is_official else "全国年节及纪念日放假办法"
            writer.writerow((year, int(is_official), source))
    with (folder / "days.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("day", "is_workday", "name"))
        for day, is_workday, name in (*official(), *by_law()):
            writer.writerow((day, int(is_workday), name))


if __name__ == "__main__":
    main()
