"""The papers of the schema as it is: its shape has no fault and they are up to date."""

from schema.export import ROOT, papers
from schema.graphql import build
from schema.lint import lint


def test_the_schema_is_clean() -> None:
    assert lint(build()._schema) == []


def test_the_papers_are_up_to_date() -> None:
    assert {name: (ROOT / name).read_text() for name in papers(build()._schema)} == papers(
        build()._schema
    )
