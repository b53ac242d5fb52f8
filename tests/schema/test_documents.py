"""Documents are made ready once, their faults too, and never take more than their room."""

import gc
import random

import pytest
from graphql import GraphQLError, Token

from schema import documents as module
from schema.documents import FEW_ERRORS, MOST_ERRORS, Documents, Prepared
from schema.errors import Code, code_of
from tests.schema.asking import whole_schema

SCHEMA = whole_schema()._schema


async def _read(documents: Documents, text: str) -> Prepared:
    """A document as the door takes it: a kept one, or read."""
    return documents.known(text) or await documents.read(text)


@pytest.mark.parametrize("text", ["{ __typename }", "{", "{ nothing }"])
async def test_a_document_is_made_ready_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    whole = module.parse
    monkeypatch.setattr(module, "parse", lambda text: made.append(text) or whole(text))
    documents = Documents(SCHEMA)
    assert (await _read(documents, text)) is await _read(documents, text)
    assert made == [text]
    await _read(Documents(SCHEMA), text)
    assert made == [text, text], "the control: another cache makes it again"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", Code.GRAPHQL_PARSE_FAILED),
        ("{ nothing }", Code.GRAPHQL_VALIDATION_FAILED),
        ('{ institutions(first: "x") { totalCount } }', Code.GRAPHQL_VALIDATION_FAILED),
        ("fragment f on Query { __typename }", Code.GRAPHQL_VALIDATION_FAILED),
        ("{ __typename } type T { x: Int }", Code.GRAPHQL_VALIDATION_FAILED),
    ],
)
async def test_a_fault_is_told_under_the_code_of_its_stage(text: str, code: Code) -> None:
    faults = (await _read(Documents(SCHEMA), text)).errors
    assert {code_of(fault) for fault in faults} == {code}
    assert all(fault.__traceback__ is None for fault in faults)


async def test_validation_stops_after_a_few_faults() -> None:
    text = "{ viewer { " + " ".join(f"x{i}" for i in range(25)) + " } }"
    assert len((await _read(Documents(SCHEMA), text)).errors) == MOST_ERRORS + 1


async def test_few_faults_are_told_with_what_was_meant() -> None:
    """Of many, the first alone would cost more to look up than the document to read."""
    documents = Documents(SCHEMA)
    for count, is_told in ((1, True), (FEW_ERRORS, True), (FEW_ERRORS + 1, False)):
        text = "{ viewer { " + " ".join(f"id{i}" for i in range(count)) + " } }"
        faults = (await _read(documents, text)).errors
        assert len(faults) == count
        assert all(("Did you mean" in fault.message) is is_told for fault in faults)


async def test_the_room_is_bounded_and_the_least_used_go_first() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    documents = Documents(SCHEMA, most_characters=2_000)
    often = "{ __typename }"
    first = await _read(documents, often)
    for number in range(200):
        await _read(documents, f"{{ a{number}: __typename }}" + " " * chance.randrange(400))
        assert (await _read(documents, often)) is first
        assert sum(map(len, documents._kept)) == documents._characters <= 2_000
    assert len(documents._kept) < 200


async def test_a_document_larger_than_the_room_is_answered_and_not_kept() -> None:
    documents = Documents(SCHEMA, most_characters=100)
    assert (await _read(documents, "{ __typename }" + " " * 200)).errors == []
    assert len(documents._kept) == documents._characters == 0


async def test_the_operation_is_the_one_that_is_meant() -> None:
    documents = Documents(SCHEMA)
    several = await _read(documents, "query a { __typename } mutation b { __typename }")
    assert [several.operation(name).kind.value for name in "ab"] == ["query", "mutation"]
    for name in (None, "c", ""):
        with pytest.raises(GraphQLError) as refusal:
            several.operation(name)
        assert code_of(refusal.value) is Code.BAD_USER_INPUT
    only = await _read(documents, "query a { __typename }")
    assert only.operation(None) is only.operation("a")
    with pytest.raises(GraphQLError):
        only.operation("b")


async def test_a_forgotten_documents_tokens_need_no_collection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that the limits refuse; the control leaves them chained, as the lexer does."""
    documents = Documents(SCHEMA, most_characters=0)

    async def left(text: str) -> int:
        gc.collect()
        gc.disable()
        try:
            assert (await documents.read(text)).errors
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            return sum(isinstance(one, Token) for one in gc.garbage)
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

    text = "{ tenant {" + " name" * 70 + " } }"
    assert await left(text) == 0
    monkeypatch.setattr(module, "_unchain", lambda document: None)
    assert await left(text) > 60
