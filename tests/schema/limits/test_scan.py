"""The raw scan: every bound, strings and comments that must not fool it, and its speed."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Lexer, Source, TokenKind, parse

from schema.errors import Code, code_of
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.scan import scan
from tests.harness.effort import effort

BOUNDS: dict[str, Callable[[int], str]] = {
    "document_chars": lambda n: "{" + "a" * 50 + " " * (n - 52) + "}",
    "lines": lambda n: "{ a" + "\n" * (n - 1) + "}",
    "tokens": lambda n: "{" + " a" * (n - 2) + "}",
    "nesting": lambda n: "{ a" * n + "}" * n,
    "list_items": lambda n: "{ a(b: [" + "1 " * n + "]) }",
    "entries": lambda n: "{ a(b: {" + "".join(f"k{i}: 1 " for i in range(n)) + "}) }",
    "name_chars": lambda n: "{ " + "a" * n + " }",
    "number_chars": lambda n: "{ a(b: " + "1" * n + ") }",
    "aliases": lambda n: "{" + " a: b" * n + "}",
    "directives": lambda n: "{ a" + " @b" * n + "}",
    "spreads": lambda n: "{" + " ...a" * n + "}",
}
"""For each bound of the scan, a document that has exactly so many."""

UNBOUNDED = replace(DEFAULT, **dict.fromkeys(BOUNDS, 1 << 60))


def refusal_of(text: str, limits: Limits = DEFAULT) -> GraphQLError | None:
    """The scan's refusal, if any."""
    try:
        scan(text, limits)
    except GraphQLError as error:
        return error
    return None


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_is_exact(bound: str) -> None:
    most = getattr(DEFAULT, bound)
    assert refusal_of(BOUNDS[bound](most)) is None
    error = refusal_of(BOUNDS[bound](most + 1))
    assert error is not None and code_of(error) is Code.COST_LIMIT_EXCEEDED
    assert str(most) in error.message
    # Each bound by itself: no other one would have refused the document.
    assert refusal_of(BOUNDS[bound](most + 1), replace(DEFAULT, **{bound: most + 1})) is None


@pytest.mark.parametrize(
    "inside",
    [
        '"' + "{[(@...:" * 1_000 + '"',
        '"' + r"\"" * 3_000 + '"',
        '"' + r"\\" * 3_000 + '"',
        '"""' + "{[(@ ...: \n" * 1_000 + '"""',
        '"""' + '\\"""' * 3_000 + '"""',
        '"""' + '"" ' * 3_000 + '"""',
        '"""' + "\\ " * 3_000 + '"""',
        '""',
        '""""""',
        '"' + "网格" * 5_000 + '"',
        "[1 # " + "{" * 5_000 + "\n 2]",
        "[1 # " + '"' * 4_999 + "\r 2]",
        "-0.5e-7",
        "[-1,-2,,,\ufeff 3]",
        "[$v, {k: [RED]}, true, null]",
    ],
)
def test_legal_content_is_never_refused(inside: str) -> None:
    text = "query($v: Int) { a(b: " + inside + ") }"
    parse(text)
    assert refusal_of(text) is None
    # The control: what follows is still seen, so nothing was swallowed.
    error = refusal_of(text + BOUNDS["aliases"](31))
    assert error is not None and "aliases" in error.message


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_is_a_line_however_it_ends(end: str) -> None:
    within = replace(DEFAULT, lines=3)
    assert refusal_of("{ a" + end * 2 + "}", within) is None
    error = refusal_of("{ a" + end * 3 + "}", within)
    assert error is not None and "found 4" in error.message


def test_colons_of_arguments_and_variables_are_no_aliases() -> None:
    variables = ", ".join(f"$v{i}: [Int!] = [1]" for i in range(40))
    arguments = ", ".join(f"a{i}: {{b: [{{c: $v{i}}}]}}" for i in range(40))
    assert refusal_of(f"query({variables}) {{ x({arguments}) {{ y(z: 1) @d(e: 2) }} }}") is None


def test_list_items_are_values_not_tokens() -> None:
    within = replace(DEFAULT, list_items=3)
    assert refusal_of("{ a(b: [$x, {c: 1, d: 2}, [-1 -2 -3]]) }", within) is None
    error = refusal_of("{ a(b: [$x, {c: 1, d: 2}, [-1 -2 -3], RED]) }", within)
    assert error is not None and "list" in error.message


PIECES = [
    *("a", "_b9", "-1", "0", "12.5e+3", "...", "$", "@", "!", "|", "&", "=", ":", "-", ".", ".."),
    *('"s"', '""', '"\\""', '"\\\\"', '"""b"""', '"""\\""""""', '""""', '"""', '"', "\\", "'"),
    *("# c\n", "#\r", "\n", "\r\n", " ", ",", "\t", "\ufeff", "网", "%", "\x00", '"""a"b""c"""'),
    *('"\\u0041"', '"\\q"', '"a\nb"', '""""a"""', "1a", "00", "1.", "\x0b", "\xa0"),
]


def _lexed(text: str) -> tuple[int, bool]:
    """Tokens with comments until the end or the first error, and whether there was none."""
    lexer, count = Lexer(Source(text)), 0
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            pass
        is_legal = True
    except GraphQLSyntaxError:
        is_legal = False
    token = lexer.token
    while token is not None:
        count += token.kind not in (TokenKind.SOF, TokenKind.EOF)
        token = token.prev
    if not is_legal:
        # Comments between the last token and the error are linked but not reached.
        token = lexer.token.next
        while token is not None:
            count += 1
            token = token.next
    return count, is_legal


def _differs(text: str) -> bool:
    """Whether the scan counts other tokens than the lexer would make."""
    count, is_legal = _lexed(text)
    refused_below = count == 0 or refusal_of(text, replace(UNBOUNDED, tokens=count - 1))
    taken_at = refusal_of(text, replace(UNBOUNDED, tokens=count)) is None
    return not refused_below or (is_legal and not taken_at)


def test_the_scan_counts_the_lexers_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    texts = ["".join(rng.choices(PIECES, k=rng.randint(1, 12))) for _ in range(4_000)]
    assert [text for text in texts if _differs(text)] == []
    legal = sum(_lexed(text)[1] for text in texts)
    assert legal > 200, "too few legal texts to mean anything"


def test_control_a_scan_that_ends_strings_wrongly_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A scan without the escape of block strings differs from the lexer."""
    import re

    from schema.limits import scan as module

    planted = module._TOKEN.pattern.replace(r"\\\"\"\" | ", "")
    assert planted != module._TOKEN.pattern
    monkeypatch.setattr(module, "_TOKEN", re.compile(planted, re.VERBOSE))
    rng = random.Random(7)
    texts = ["".join(rng.choices(PIECES, k=rng.randint(1, 12))) for _ in range(4_000)]
    assert any(_differs(text) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 1_000_000,
        '"' * 1_000_001,
        '{a(b:"' + "\\" * 65_000,
        '{a(b:"""' + '"' * 2 + '\\"' * 32_000,
        "#" * 65_000,
        " " * 65_000 + "{a}",
        ("#" + "\n") * 32_000,
        "-" * 65_000,
        "1" * 65_000,
        "1e" * 32_000,
        "." * 65_000,
        "[" * 65_000,
        "a" * 65_000,
        ",\ufeff" * 32_000,
    ],
)
def test_a_hostile_text_takes_milliseconds(text: str) -> None:
    assert effort(lambda: refusal_of(text)) < 40
