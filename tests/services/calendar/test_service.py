"""Loading a year: looked at, loaded, told row by row what is wrong, and noticed everywhere."""

import asyncio
from datetime import date
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.database.migrate import as_migrator, migrate
from infra.errors import DomainError
from services.calendar import shipped
from services.calendar.queries import load_calendar
from services.calendar.rules import Calendar, Span, due
from services.calendar.service import LoadYear, Preview, load_year, preview_year
from tenants.scope import Scope
from tenants.session import reading
from tests.harness.cluster import Cluster

# An invented notice of 2027, with a make-up day in the December before it.
NOTICE = """day,is_workday,name
2026-12-27,1,元旦
2027-01-01,0,元旦
2027-01-02,0,元旦
2027-01-03,0,元旦
2027-01-04,0,元旦
2027-01-31,1,春节
2027-02-05,0,春节
2027-02-06,0,春节
2027-02-07,0,春节
2027-02-08,0,春节
2027-02-09,0,春节
2027-02-10,0,春节
2027-02-11,0,春节
2027-04-05,0,清明节
2027-05-01,0,劳动节
2027-05-02,0,劳动节
2027-05-03,0,劳动节
2027-05-04,0,劳动节
2027-06-09,0,端午节
2027-09-15,0,中秋节
2027-10-01,0,国庆节
2027-10-02,0,国庆节
2027-10-03,0,国庆节
2027-10-04,0,国庆节
2027-10-05,0,国庆节
"""
SOURCE = "国办发明电〔2026〕99号"


async def _calendar(scope: Scope) -> Calendar:
    async with reading(scope) as session:
        return await load_calendar(session)


async def _preview(content: str | bytes, year: int = 2027, source: str = SOURCE) -> Preview:
    raw = content.encode() if isinstance(content, str) else content
    return await as_migrator(lambda c: preview_year(c, LoadYear(raw, year, source)))


async def _load(content: str | bytes, year: int = 2027, source: str = SOURCE) -> Preview:
    raw = content.encode() if isinstance(content, str) else content
    return await as_migrator(lambda c: load_year(c, LoadYear(raw, year, source)))


async def test_migrating_loads_the_shipped_calendar_once(admin: asyncpg.Connection) -> None:
    loads = await admin.fetchval("SELECT count(*) FROM calendar_change")
    assert loads == len(shipped.years())
    official = await admin.fetchval("SELECT count(*) FROM calendar_day WHERE is_official")
    assert official == (date(2027, 1, 1) - date(2004, 1, 1)).days
    await migrate()
    assert await admin.fetchval("SELECT count(*) FROM calendar_change") == loads


@pytest.mark.parametrize(
    "scope", [Scope.system(None), Scope.county(61052600), Scope.public(61052600)], ids=str
)
async def test_everybody_reads_it_and_nobody_writes(database: str, scope: Scope) -> None:
    calendar = await _calendar(scope)
    assert not calendar.is_workday(date(2026, 10, 1)) and calendar.is_workday(date(2026, 10, 10))
    assert await _calendar(scope) is calendar


async def test_looking_changes_nothing(admin: asyncpg.Connection, database: str) -> None:
    before = await _calendar(Scope.system(None))
    found = await _preview(NOTICE)
    assert [(f"{moved.day}", moved.is_workday) for moved in found.moved] == [
        ("2026-12-27", True),
        ("2027-01-04", False),
        ("2027-01-31", True),
        ("2027-02-11", False),
    ]
    # A day of December 2026 is worked for one of January, so that 2027 has one less.
    assert (found.rows, found.workdays_before - found.workdays) == (366, 1)
    assert await _calendar(Scope.system(None)) is before
    assert not await admin.fetchval("SELECT count(*) FROM calendar_change WHERE NOT is_shipped")


async def test_loading_makes_the_year_official_and_is_noticed(admin: asyncpg.Connection) -> None:
    before = await _calendar(Scope.system(None))
    start = date(2026, 12, 20)
    assert due(before, start, 7, Span.WORKING_DAYS).rolled_on == date(2026, 12, 29)
    assert due(before, start, 20, Span.WORKING_DAYS).is_provisional
    await _load(NOTICE)
    after = await _calendar(Scope.system(None))
    assert after.version == before.version + 1
    assert due(after, start, 7, Span.WORKING_DAYS).rolled_on == date(2026, 12, 28)
    claim = due(after, start, 20, Span.WORKING_DAYS)
    assert claim.rolled_on == date(2027, 1, 18) and not claim.is_provisional
    assert after.is_official(date(2027, 12, 31)) and not after.is_official(date(2028, 1, 1))
    change = await admin.fetchrow("SELECT * FROM calendar_change ORDER BY version DESC LIMIT 1")
    assert change is not None
    assert (change["year"], change["source"], change["is_shipped"]) == (2027, SOURCE, False)
    assert (change["first_on"], change["last_on"]) == (date(2026, 12, 27), date(2027, 12, 31))


async def test_what_an_operator_loaded_survives_the_next_release(
    admin: asyncpg.Connection,
) -> None:
    await _load(NOTICE)
    await migrate()
    calendar = await _calendar(Scope.system(None))
    assert calendar.is_workday(date(2026, 12, 27)) and not calendar.is_workday(date(2027, 1, 4))
    # The control: a shipped day that somebody bent is put right by the same migration.
    await admin.execute("UPDATE calendar_day SET is_workday = true WHERE day = '2026-10-01'")
    await migrate()
    assert not (await _calendar(Scope.system(None))).is_workday(date(2026, 10, 1))


async def test_the_same_file_twice_changes_nothing(database: str) -> None:
    await _load(NOTICE)
    version = (await _calendar(Scope.system(None))).version
    again = await _load(NOTICE, source="another number")
    assert (again.rows, again.moved) == (0, ())
    assert (await _calendar(Scope.system(None))).version == version


async def test_an_official_year_can_be_amended(database: str) -> None:
    """As on 2020-01-26, when the notice of that year was changed."""
    await _load(NOTICE)
    amended = await _load(NOTICE.replace("2027-06-09", "2027-06-10,0,端午节\n2027-06-09"))
    assert [f"{moved.day}" for moved in amended.moved] == ["2027-06-10"]
    assert amended.rows == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_sheets_encodings_are_read(database: str, encoding: str) -> None:
    found = await _preview(NOTICE.replace("\n", "\r\n").encode(encoding))
    assert {moved.name for moved in found.moved} == {"元旦", "春节"}


async def test_every_fault_is_told_with_its_row_and_nothing_is_written(
    admin: asyncpg.Connection,
) -> None:
    broken = NOTICE.replace("2027-01-02", "2027-13-02").replace("2027-01-31,1", "2027-01-31,maybe")
    broken = broken.replace("2027-04-05,0,清明节\n", "").replace("2027-06-09,0", "2027-06-09,1")
    broken += "2027-10-05,0,国庆节\n2028-01-01,0,元旦\n2027-10-09,1,\n"
    with pytest.raises(DomainError) as refused:
        await _load(broken)
    told = {(fault.code.value, fault.field) for fault in refused.value.faults}
    assert told == {
        ("DAY_INVALID", ("file", "4", "day")),
        ("KIND_INVALID", ("file", "7", "is_workday")),
        ("DAY_REPEATED", ("file", "26", "day")),
        ("DAY_INVALID", ("file", "27", "day")),
        ("NAME_INVALID", ("file", "28", "name")),
        ("STATUTORY_REST", ("file",)),
        ("STATUTORY_REST", ("file", "19", "is_workday")),
    }
    by_code = {fault.code.value: fault for fault in refused.value.faults}
    assert "2027-04-05" in str(refused.value) or "清明节" in str(refused.value)
    assert "write it as 2027-02-06" in str(refused.value)
    assert "第 26 行" in by_code["DAY_REPEATED"].zh
    assert not await admin.fetchval("SELECT count(*) FROM calendar_change WHERE NOT is_shipped")
    assert not await admin.fetchval(
        "SELECT count(*) FROM calendar_day WHERE day > '2026-12-31' AND is_official"
    )


@pytest.mark.parametrize(
    ("content", "year", "source", "code"),
    [
        ("", 2027, SOURCE, "FILE_UNREADABLE"),
        ("day,is_workday,name\n", 2027, SOURCE, "FILE_UNREADABLE"),
        ("date,off\n2027-01-01,1\n", 2027, SOURCE, "FILE_UNREADABLE"),
        ("day,is_workday,name\n2027-01-01,0\n", 2027, SOURCE, "FILE_UNREADABLE"),
        (b"\xff\xfe\x00\x81", 2027, SOURCE, "FILE_UNREADABLE"),
        (b"PK\x03\x04\x00\x00", 2027, SOURCE, "FILE_UNREADABLE"),
        (NOTICE, 2101, SOURCE, "YEAR_OUT_OF_RANGE"),
        (NOTICE, 2027, " ", "SOURCE_INVALID"),
        (NOTICE, 2026, SOURCE, "DAY_INVALID"),
    ],
)
async def test_what_is_no_notice_is_refused(
    database: str, content: str | bytes, year: int, source: str, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await _load(content, year, source)
    assert {fault.code.value for fault in refused.value.faults} == {code}


def test_the_operators_command(cluster: Cluster, tmp_path: Path) -> None:
    """Outside the loop of the other tests, because the command makes its own."""
    clone = cluster.clone()
    name = asyncio.run(clone.__aenter__())
    try:
        file = tmp_path / "2027.csv"
        file.write_text(NOTICE, encoding="utf-8")
        call = ["calendar", str(file), "--year", "2027", "--source", SOURCE]
        with cluster.environment(name):
            looked = CliRunner().invoke(app, call)
            assert looked.exit_code == 0, looked.output
            assert "2027-01-31  上班 work  春节" in looked.output and "--apply" in looked.output
            loaded = CliRunner().invoke(app, [*call, "--apply"])
            assert "已载入 loaded: 366" in loaded.output
            again = CliRunner().invoke(app, [*call, "--apply"])
            assert "nothing differs" in again.output
            file.write_text(NOTICE.replace("2027-01-01,0", "2027-01-01,9"), encoding="utf-8")
            refused = CliRunner().invoke(app, call)
            assert refused.exit_code == 1 and "第 3 行" in refused.output
    finally:
        asyncio.run(clone.__aexit__(None, None, None))
