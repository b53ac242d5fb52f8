"""The SDL: printed sorted, kept in `schema.graphql`, diffed for breaking changes."""

import sys
from pathlib import Path

from graphql import build_schema, find_breaking_changes, lexicographic_sort_schema, print_schema

from schema.graphql import build

KEPT = Path(__file__).with_name("schema.graphql")


def printed() -> str:
    """The present schema, sorted."""
    return print_schema(lexicographic_sort_schema(build()._schema)) + "\n"


def main(arguments: list[str]) -> int:
    """`--check` compares with the kept file; without it the file is written."""
    now = printed()
    if "--check" not in arguments:
        KEPT.write_text(now)
        return 0
    kept = KEPT.read_text()
    if kept == now:
        return 0
    for change in find_breaking_changes(build_schema(kept), build_schema(now)):
        sys.stderr.write(f"breaking: {change.description}\n")
    sys.stderr.write("schema/schema.graphql is not up to date: run `python -m schema.export`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
