"""The papers: SDL and API reference, written from the code, judged for what they take away."""

import sys
from datetime import date
from pathlib import Path

from graphql import GraphQLSchema, build_schema, lexicographic_sort_schema, print_schema

from schema.evolution import CHANGELOG, KEPT, SDL, bases, broken, dangerous, deprecations
from schema.graphql import build
from schema.lint import lint
from schema.reference import PAGE, reference

ROOT = Path(__file__).parents[1]


def printed(schema: GraphQLSchema) -> str:
    """The SDL of a schema, sorted."""
    return print_schema(lexicographic_sort_schema(schema)) + "\n"


def papers(schema: GraphQLSchema) -> dict[str, str]:
    """Path below the project → what must stand there for this schema."""
    return {SDL: printed(schema), PAGE: reference(schema)}


def faults(schema: GraphQLSchema, root: Path, today: date) -> tuple[list[str], list[str]]:
    """(what is refused, what is only told) about a schema, against what clients may stand on."""
    known = bases(root)
    # As a client reads it: what is no part of the SDL cannot break anyone.
    now = build_schema(printed(schema))
    changelog = root / CHANGELOG
    text = changelog.read_text() if changelog.exists() else ""
    refused = [fault for base in known for fault in broken(now, base, text)]
    refused += deprecations(now, known, today)
    told = [change for base in known for change in dangerous(now, base)]
    if [base.name for base in known] == [KEPT]:
        told.append(f"no commit has {SDL}: only the kept file was compared")
    return refused, told


def export(schema: GraphQLSchema, root: Path, today: date, *, check: bool) -> int:
    """Write the papers, or with `check` compare them; 1 when something is refused.

    Nothing is written when a change breaks clients and the changelog does not say so
    (API guide, Evolution).
    """
    refused, told = faults(schema, root, today)
    wanted = papers(schema)
    if check:
        refused += [
            f"{name} is not up to date: run `python -m schema.export`"
            for name, text in wanted.items()
            if not (root / name).exists() or (root / name).read_text() != text
        ]
    sys.stderr.writelines(f"{line}\n" for line in (*told, *refused))
    if refused:
        return 1
    if not check:
        for name, text in wanted.items():
            (root / name).write_text(text)
    return 0


def main(arguments: list[str]) -> int:
    """`--check` compares with what is kept; without it the papers are written.

    A schema of a wrong shape is neither kept nor compared.
    """
    schema = build()._schema
    if faults_of_shape := lint(schema):
        sys.stderr.writelines(f"{line}\n" for line in faults_of_shape)
        return 1
    return export(schema, ROOT, date.today(), check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
