"""Media types and languages as RFC 9110 weighs them, and messages in the chosen language alone."""

import pytest

from schema.http.negotiation import GRAPHQL, JSON, language_for, media_type_for
from tests.harness.county import County
from tests.schema.asking import ask, send


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, */*", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{JSON};q=0, application/*;q=0.1", GRAPHQL),
        (f"{JSON};q=0.2, application/*;q=0.9", GRAPHQL),
        (f"text/html, {JSON.upper()};Q=0.1", JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        (f"{JSON};q=0", None),
        (f"{JSON};charset=gb18030", None),
        (f"{JSON};q=2", JSON),
        (f"{GRAPHQL};q=nan, {JSON};q=0.001", JSON),
        (",,;;", JSON),
    ],
)
def test_media_type(accept: str, expected: str | None) -> None:
    assert media_type_for(accept) == expected


@pytest.mark.parametrize(
    ("accept_language", "expected"),
    [
        ("", "zh"),
        ("zh-CN", "zh"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("zh;q=0.1, en;q=0.2", "en"),
        ("en, zh", "en"),
        ("zh, en", "zh"),
        ("en;q=0", "zh"),
        ("fr, en;q=0.5", "en"),
        ("fr, *;q=0.5", "zh"),
        ("*, en;q=0.9", "zh"),
        ("fr", "zh"),
        ("english", "zh"),
        ("en;q=high", "zh"),
        (";;,", "zh"),
    ],
)
def test_language(accept_language: str, expected: str) -> None:
    assert language_for(accept_language) == expected


async def test_two_accept_headers_are_one_list() -> None:
    answer = await send(
        "POST",
        json={"query": "{ __typename }"},
        headers=[("accept", f"{JSON};q=0.1"), ("accept", GRAPHQL)],
    )
    assert answer.headers["content-type"].startswith(GRAPHQL)


_REFUSED = (
    ("{ institutions { totalCount } }", {}, "BAD_USER_INPUT"),
    ('{ institutions(first: 1, q: "。") { totalCount } }', {}, "BAD_USER_INPUT"),
    ("{ clues(first: 1) { totalCount } }", {}, "FORBIDDEN"),
    ("query a { __typename } query b { __typename }", {}, "BAD_USER_INPUT"),
)


@pytest.mark.parametrize(("document", "variables", "code"), _REFUSED)
async def test_a_message_speaks_one_language(
    county: County, document: str, variables: dict[str, object], code: str
) -> None:
    token = None if code == "FORBIDDEN" else county.token("county_officer")
    said = {}
    for language in ("zh-CN", "en"):
        answer = await ask(token, document, language, **variables)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == code
        said[language] = error["message"]
    assert said["en"].isascii(), said
    assert not said["zh-CN"].isascii() and ";" not in said["zh-CN"], said


async def test_a_scalars_words_follow_the_language(county: County) -> None:
    """They stand inside graphql-core's sentence, which names the variable in English."""
    document = (
        "mutation($i: InstitutionRegisterInput!) { institutionRegister(input: $i) { __typename } }"
    )
    wrong = {"uscc": 1, "name": "x", "category": "NON_SUBJECT_ARTS", "unitId": "x"}
    token = county.token("county_officer")
    chinese = (await ask(token, document, i=wrong))["errors"][0]["message"]
    english = (await ask(token, document, "en", i=wrong))["errors"][0]["message"]
    assert "$i" in chinese and "应为文本" in chinese
    assert "$i" in english and "in quotes" in english and english.isascii()


async def test_the_language_is_told(county: County) -> None:
    for asked, told in (("en-GB", "en"), ("zh-TW", "zh-CN"), ("de", "zh-CN")):
        answer = await send("GET", params={"query": "{"}, headers={"accept-language": asked})
        assert answer.headers["content-language"] == told
