"""The papers of the schema as it is: its shape has no fault and they are up to date."""

from graphql import execute_sync, parse

from schema.export import ROOT, papers
from schema.graphql import build
from schema.lint import lint


def test_the_schema_is_clean() -> None:
    assert lint(build()._schema) == []


def test_introspection_answers_what_may_be_asked_of_any_type() -> None:
    """Of a list or non-null type too, where Strawberry's `isOneOf` fails."""
    below = "kind name description specifiedByURL isOneOf"
    document = parse(
        f"{{ __schema {{ types {{ {below} fields {{ type {{ {below} ofType {{ {below} }} }} }}"
        f" inputFields {{ type {{ {below} }} }} }} }} }}"
    )
    answer = execute_sync(build()._schema, document)
    assert not answer.errors
    told = {t["kind"]: t["isOneOf"] for t in answer.data["__schema"]["types"]}
    assert told["INPUT_OBJECT"] is False and told["OBJECT"] is None


def test_the_papers_are_up_to_date() -> None:
    assert {name: (ROOT / name).read_text() for name in papers(build()._schema)} == papers(
        build()._schema
    )
