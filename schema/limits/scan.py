"""One cheap pass over a document's text before graphql-core's lexer, which would block the loop."""

import re

from schema.limits.numbers import DEFAULT, Limits
from schema.limits.refusal import over

_TOKEN = re.compile(
    r"""
    [ \t\r\n,\ufeff]*+
    (?: (?P<name> [_A-Za-z][_0-9A-Za-z]*+ )
    |   (?P<mark> [!$&()\[\]{}:=@|] | \.\.\. )
    |   (?P<string>
            \"\"\" [^"\\]*+ (?: (?: \\\"\"\" | \\(?!\"\"\") | "(?!"") ) [^"\\]*+ )* \"\"\"
        |   " (?!"") [^"\\\r\n]*+ (?: \\. [^"\\\r\n]*+ )*+ "
        )
    |   (?P<number> -?+ [0-9]++ (?: \. [0-9]++ )?+ (?: [eE] [+-]?+ [0-9]++ )?+ )
    |   (?P<comment> \# [^\r\n]*+ )
    )
    """,
    re.VERBOSE,
)
"""Spec October 2021, 2.1.7 Lexical Tokens. Linear time: every repetition is possessive but the one
of a block string, which can be read in one way only. Python before 3.11.5 goes wrong in possessive
repetitions of alternatives: it took everything up to the last quotes for one string."""

_CLOSES = {")": "(", "]": "[", "}": "{"}


def scan(text: str, limits: Limits = DEFAULT) -> None:
    """Refuse a text that is too long, or has too many or too deep tokens; else say nothing.

    Stops where the text stops being GraphQL, because the lexer and parser stop there too and
    tell the syntax error. What stands inside strings and comments is one token. Raises
    GraphQLError `COST_LIMIT_EXCEEDED` at the first exceeded bound.
    """
    if len(text) > limits.document_chars:
        raise over("document_chars", limits, len(text))
    lines = 1 + text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > limits.lines:
        raise over("lines", limits, lines)
    tokens = aliases = directives = spreads = position = 0
    open_brackets: list[str] = []
    items: list[int] = []  # for each open bracket, the values or keys directly inside it
    in_values = 0  # open `(` and `[`: there a colon is an argument's, not an alias's
    match = _TOKEN.match
    while (found := match(text, position)) is not None:
        position = found.end()
        tokens += 1
        if tokens > limits.tokens:
            raise over("tokens", limits)
        kind, told = found.lastgroup, found[found.lastgroup or 0]
        if kind == "comment":
            continue
        if kind == "name" and len(told) > limits.name_chars:
            raise over("name_chars", limits, len(told))
        if kind == "number" and len(told) > limits.number_chars:
            raise over("number_chars", limits, len(told))
        if open_brackets and open_brackets[-1] == "[" and (kind != "mark" or told in "[{"):
            items[-1] += 1
            if items[-1] > limits.list_items:
                raise over("list_items", limits)
        if kind != "mark":
            continue
        if told in "([{":
            open_brackets.append(told)
            items.append(0)
            in_values += told != "{"
            if len(open_brackets) > limits.nesting:
                raise over("nesting", limits)
        elif told in _CLOSES:
            if not open_brackets or open_brackets.pop() != _CLOSES[told]:
                return
            items.pop()
            in_values -= told != "}"
        elif told == ":" and in_values:
            items[-1] += 1
            if items[-1] > limits.entries:
                raise over("entries", limits)
        elif told == ":":
            aliases += 1
            if aliases > limits.aliases:
                raise over("aliases", limits)
        elif told == "@":
            directives += 1
            if directives > limits.directives:
                raise over("directives", limits)
        elif told == "...":
            spreads += 1
            if spreads > limits.spreads:
                raise over("spreads", limits)
