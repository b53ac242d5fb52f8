"""Bad statements: every fault is told with its row, its column and what would be right."""

from datetime import date
from uuid import uuid4

import pytest

from infra.errors import Fault
from services.payments import rules, statement
from services.payments.models import LineDirection

TODAY = date(2026, 3, 2)
HEADS = "交易日期,流水号,金额,借贷方向,对方户名,附言,余额"
GOOD = "2026-03-01,S0001,100.00,收入,家长,学费,100.00"
NEXT = "2026-03-01,S0002,40.00,支出,某机构,拨付,60.00"


def faults(*rows: str, heads: str = HEADS) -> list[Fault]:
    read, found = statement.read("\n".join((heads, *rows)) + "\n", TODAY)
    assert (read == []) == bool(found)
    return found


def test_a_good_file_is_read_with_heads_in_either_language_and_any_order() -> None:
    chinese, _ = statement.read(f"\ufeff{HEADS}\r\n{GOOD}\r\n\r\n{NEXT}\r\n", TODAY)
    english = "balance,date,serial,amount,direction,counterparty,reference"
    other, _ = statement.read(
        f"{english}\n100.00,2026-03-01,S0001,100,贷,家长,学费\n"
        '60,2026-03-01,S0002,40.0,OUT,"某机构",拨付\n',
        TODAY,
    )
    assert [row.content() for row in chinese] == [row.content() for row in other]
    assert [row.number for row in chinese] == [2, 4]
    assert [row.direction for row in chinese] == [LineDirection.IN, LineDirection.OUT]
    assert [row.signed_fen for row in chinese] == [10_000, -4_000]


def test_the_newest_first_is_turned_round() -> None:
    later = "2026-03-02,S0003,1.00,IN,x,y,61.00"
    for rows in ((GOOD, NEXT, later), (later, NEXT, GOOD), (NEXT, GOOD)):
        read, found = statement.read("\n".join((HEADS, *rows)), TODAY)
        assert found == []
        assert [row.serial for row in read] == sorted(row.serial for row in read)


@pytest.mark.parametrize(
    ("row", "column", "code", "right"),
    [
        ("2026-3-1,S0001,1.00,IN,x,y,1.00", "date", "DATE_INVALID", "2026-01-31"),
        ("2026-02-30,S0001,1.00,IN,x,y,1.00", "date", "DATE_INVALID", "2026-01-31"),
        ("２０２６-03-01,S0001,1.00,IN,x,y,1.00", "date", "DATE_INVALID", "2026-01-31"),
        ("2026-03-03,S0001,1.00,IN,x,y,1.00", "date", "DATE_INVALID", "2026-03-02"),
        ("2026-03-01,1.2E+15,1.00,IN,x,y,1.00", "serial", "SERIAL_INVALID", "1.2E+15"),
        ("2026-03-01,,1.00,IN,x,y,1.00", "serial", "SERIAL_INVALID", "4"),
        ('2026-03-01,S0001,"1,280.50",IN,x,y,1.00', "amount", "AMOUNT_INVALID", "1280.50"),
        ("2026-03-01,S0001,¥１２.5,IN,x,y,1.00", "amount", "AMOUNT_INVALID", "12.50"),
        ("2026-03-01,S0001,-5.00,IN,x,y,1.00", "amount", "AMOUNT_INVALID", ""),
        ("2026-03-01,S0001,0.00,IN,x,y,1.00", "amount", "AMOUNT_INVALID", ""),
        ("2026-03-01,S0001,1.005,IN,x,y,1.00", "amount", "AMOUNT_INVALID", "1234.50"),
        ("2026-03-01,S0001,1.00,IN,x,y,=SUM(A1)", "balance", "BALANCE_INVALID", "1234.50"),
        ("2026-03-01,S0001,1.00,转账,x,y,1.00", "direction", "DIRECTION_INVALID", "IN or OUT"),
        ("2026-03-01,S0001,1.00,IN,a\x00b,y,1.00", "counterparty", "TEXT_INVALID", "U+0000"),
        ("2026-03-01,S0001,1.00,IN,x,a\u202eb,1.00", "reference", "TEXT_INVALID", "U+202E"),
        (f"2026-03-01,S0001,1.00,IN,x,{'长' * 201},1.00", "reference", "TEXT_LENGTH", "200"),
        ("2026-03-01,S0001,1,000.00,IN,x,y,1.00", None, "ROW_INVALID", "7"),
        ("2026-03-01,S0001", None, "ROW_INVALID", "7"),
    ],
)
def test_a_bad_cell(row: str, column: str | None, code: str, right: str) -> None:
    (fault,) = faults(row)
    assert fault.code == code
    assert fault.field == (("csv", "2", column) if column else ("csv", "2"))
    assert "第 2 行" in fault.zh
    assert "Row 2" in fault.en
    assert right in fault.en


def test_all_faults_of_all_rows_are_told_at_once() -> None:
    found = faults("x,y,z,q,n,r,b", GOOD, "2026-03-01,S0001,1.00,IN,x,y,101.00")
    assert [(f.code, f.field) for f in found] == [
        ("DATE_INVALID", ("csv", "2", "date")),
        ("SERIAL_INVALID", ("csv", "2", "serial")),
        ("AMOUNT_INVALID", ("csv", "2", "amount")),
        ("BALANCE_INVALID", ("csv", "2", "balance")),
        ("DIRECTION_INVALID", ("csv", "2", "direction")),
        ("SERIAL_REPEATED", ("csv", "4", "serial")),
    ]
    many = statement.bounded(faults(*["x,y,z,q,n,r,b"] * 60))
    assert len(many) == statement.MAX_FAULTS + 1
    assert many[-1].code == "MORE_FAULTS"
    assert "250" in many[-1].en


def test_a_gap_in_the_balance_says_what_it_should_be() -> None:
    (fault,) = faults(GOOD, "2026-03-01,S0002,40.00,支出,某机构,拨付,61.00")
    assert (fault.code, fault.field) == ("BALANCE_INVALID", ("csv", "3", "balance"))
    assert "60.00" in fault.zh
    first = "2026-03-02,S0009,1.00,IN,x,y,1.00"
    (mixed,) = faults(
        GOOD, first, "2026-03-01,S0010,1.00,IN,x,y,2.00", GOOD.replace("01,S0001", "02,S0011")
    )[:1]
    assert mixed.field[0] == "csv"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "FILE_SIZE"),
        ("\n\n", "FILE_SIZE"),
        (HEADS, "FILE_SIZE"),
        (f"{HEADS},备注\n{GOOD}", "HEADER_INVALID"),
        (f"{GOOD}\n{NEXT}", "HEADER_INVALID"),
        (f"{HEADS.replace('余额', '金额')}\n{GOOD}", "HEADER_INVALID"),
        (f'{HEADS}\n2026-03-01,"S0001,1.00,IN,x,y,1.00', "ROW_INVALID"),
        (f"{HEADS}\n" + f"{GOOD}\n" * (statement.MAX_ROWS + 1), "FILE_SIZE"),
        ("PK\x03\x04\x14\x00", "FILE_SIZE"),
    ],
)
def test_a_file_that_is_no_statement(written: str, code: str) -> None:
    rows, (fault,) = statement.read(written, TODAY)
    assert rows == []
    assert fault.code == code


def test_our_id_is_found_in_a_reference() -> None:
    ours = uuid4()
    for reference in (str(ours), ours.hex, f"奖金 {str(ours).upper()} 付", f"x-{ours}"):
        assert rules.referenced(reference) == ours
    for reference in ("", "学费", f"{ours.hex}0", f"{ours} {uuid4()}", "1" * 40):
        assert rules.referenced(reference) is None


def test_a_counterparty_is_kept_so_that_nobody_is_known_by_it() -> None:
    assert rules.masked("6217 0000 0000 1234") == "****1234"
    assert rules.masked("张某某") == "张**"
    assert rules.masked("") == ""
