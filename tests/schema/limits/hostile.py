"""Hostile documents against the product's schema, each valid but for what makes it hostile."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schema.errors import Code

COST, INVALID = Code.COST_LIMIT_EXCEEDED, Code.GRAPHQL_VALIDATION_FAILED
UNPARSED = Code.GRAPHQL_PARSE_FAILED


@dataclass(frozen=True, eq=False)
class Hostile:
    """One kind: what is sent, and the code it must be refused with."""

    kind: str
    query: str
    code: Code = COST
    variables: dict[str, Any] = field(default_factory=dict)


@cache
def corpus() -> tuple[Hostile, ...]:
    """All kinds; those of the text first, then those that a scan lets through."""
    made = (*_texts(), *_shapes(), *_prices(), *_variables(), *_faults())
    assert len({one.kind for one in made}) == len(made)
    return made


def _page(inside: str, first: str = "first: 1") -> str:
    return f"institutions({first}) {{ nodes {{ {inside} }} }}"


def _texts() -> Iterator[Hostile]:
    """Too long, too many tokens, too deep: refused before the lexer."""
    yield Hostile("1,000 aliases", "{" + "".join(f" a{i}: __typename" for i in range(1_000)) + "}")
    yield Hostile(
        "1,000 aliased pages", "{" + "".join(f" a{i}: {_page('id')}" for i in range(1_000)) + "}"
    )
    yield Hostile("5,000 duplicate fields", "{ tenant {" + " name" * 5_000 + " } }")
    yield Hostile("2,000 directives", "{ tenant { name" + " @include(if: true)" * 2_000 + " } }")
    yield Hostile("500 levels of fields", "{ a " * 500 + "}" * 500)
    yield Hostile("50,000 open braces", "{" * 50_000)
    yield Hostile("50,000 open brackets", "{ nodes(ids: " + "[" * 50_000)
    yield Hostile("lists in lists", "{ nodes(ids: " + "[" * 400 + "]" * 400 + ") { id } }")
    yield Hostile(
        "filters in filters",
        "{ institutions(first: 1, filter: "
        + "{not: " * 400
        + "{}"
        + "}" * 400
        + ") { totalCount } }",
    )
    ids = " ".join('"x"' for _ in range(10_000))
    yield Hostile("10,000 ids in the text", f"{{ nodes(ids: [{ids}]) {{ id }} }}")
    yield Hostile("a string of 1 MiB", '{ institutions(first: 1, q: "' + "长" * 1_000_000 + '") {')
    yield Hostile("a block string of 1 MiB", '{ node(id: """' + "\n " * 500_000 + '""") { id } }')
    yield Hostile("30,000 comments", "#\n" * 30_000 + "{ __typename }")
    yield Hostile("1 MiB of commas", "," * 1_000_000 + "{ __typename }")
    yield Hostile("65,000 byte order marks", "\ufeff" * 65_540 + "{ __typename }")
    yield Hostile(
        "10,000 operations", " ".join(f"query q{i} {{ __typename }}" for i in range(10_000))
    )
    yield Hostile("a name of 60,000 letters", "{ " + "a" * 60_000 + " }")
    yield Hostile("an alias of 60,000 letters", "{ " + "a" * 60_000 + ": __typename }")
    yield Hostile(
        "an integer of 60,000 digits", f"{{ institutions(first: {'9' * 60_000}) {{ totalCount }} }}"
    )
    yield Hostile(
        "a float with 60,000 digits",
        f"{{ institutions(first: 1.{'9' * 60_000}) {{ totalCount }} }}",
    )
    yield Hostile("1,990 spreads", "{" + " ...F" * 995 + "} fragment F on Query { __typename }")
    yield Hostile(
        "600 keys of an input",
        "{ institutions(first: 1, filter: {" + " ".join(f"k{i}: 1" for i in range(600)) + "})"
        " { totalCount } }",
    )
    yield Hostile(
        "600 unknown arguments",
        "{ institutions(" + " ".join(f"firzt{i}: 1" for i in range(600)) + ") { totalCount } }",
    )
    yield Hostile(
        "5,000 variables declared",
        "query(" + " ".join(f"$v{i}: Int" for i in range(5_000)) + ") { __typename }",
    )
    yield Hostile("a schema", "type A { a: Int } " * 2_000)


def _shapes() -> Iterator[Hostile]:
    """Within the bounds of the text: refused once parsed, before validation."""
    yield Hostile("1,900 duplicate fields", "{ tenant {" + " name" * 1_900 + " } }")
    inner = "tenant { " + "name " * 42 + "} "
    yield Hostile("42 duplicates in 42", "{ " + inner * 42 + "}")
    yield Hostile("13 levels of fields", "{ unit(id: 1) { " + "parent { " * 11 + "id" + " }" * 13)
    yield Hostile(
        "60 levels of inline fragments",
        "{"
        + " ... {" * 30
        + " ...F"
        + " }" * 31
        + " fragment F on Query {"
        + " ... {" * 29
        + " __typename"
        + " }" * 30,
    )
    yield Hostile("cycle of one", "{ ...A } fragment A on Query { ...A }", INVALID)
    yield Hostile(
        "cycle of two",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        INVALID,
    )
    links = "".join(f" fragment F{i} on Query {{ ...F{(i + 1) % 40} }}" for i in range(40))
    yield Hostile("cycle of forty", "{ ...F0 }" + links, INVALID)
    for kind, link in {
        "fields": "parent { ...F{next} } reportsTo { ...F{next} }",
        "spreads": "...F{next} ...F{next}",
        "inline fragments": "... { ...F{next} } ... { ...F{next} }",
    }.items():
        on, root = ("Unit", "unit(id: 1)") if kind == "fields" else ("Query", "...")
        bomb = "".join(
            f" fragment F{i} on {on} {{ {link.replace('{next}', str(i + 1))} }}" for i in range(16)
        )
        yield Hostile(
            f"2^16 bomb of {kind}",
            f"{{ {root} {{ ...F0 }} }}{bomb} fragment F16 on {on} {{ __typename }}",
        )
    chain = "".join(
        f" fragment F{i} on Unit {{ parent {{ parent {{ ...F{i + 1} }} }} }}" for i in range(30)
    )
    yield Hostile(
        "61 levels through fragments",
        "{ unit(id: 1) { ...F0 } }" + chain + " fragment F30 on Unit { id }",
    )
    many = "".join(f" fragment F{i} on Query {{ __typename }}" for i in range(150))
    spread = " ".join(f"...F{i}" for i in range(150))
    yield Hostile("150 fragments", f"{{ {spread} }}{many}")
    yield Hostile("150 operations", " ".join(f"query q{i} {{ __typename }}" for i in range(150)))
    yield Hostile("11 root fields", "{" + "".join(f" a{i}: __typename" for i in range(11)) + "}")
    yield Hostile(
        "aliases through fragments",
        "{ tenant { ...A ...A ...A ...A } } fragment A on Tenant {"
        + "".join(f" a{i}: name" for i in range(8))
        + " }",
    )


def _prices() -> Iterator[Hostile]:
    """Good documents that ask for too much."""
    hundreds, sized = "first: 100", "first: $n"
    grid = f"grid {{ {_page('id', hundreds)} }}"
    yield Hostile("pages of 100 in pages of 100", f"{{ {_page(grid, hundreds)} }}")
    deeper = f"grid {{ {_page(grid, hundreds)} }}"
    yield Hostile("three pages of 100 in one another", f"{{ {_page(deeper, hundreds)} }}")
    yield Hostile("pages without a size", f"{{ {_page(grid, 'last: 100')} }}")
    yield Hostile(
        "pages of a variable's size",
        "query($n: Int!) { " + _page(f"grid {{ {_page('id', sized)} }}", sized) + " }",
        variables={"n": 100},
    )
    yield Hostile(
        "ten schemas",
        "{" + "".join(f" a{i}: __schema {{ types {{ name }} }}" for i in range(10)) + "}",
    )
    yield Hostile(
        "types in types",
        "{ __schema { types { fields { type { fields { type { fields { type"
        " { name } } } } } } } } }",
    )


def _variables() -> Iterator[Hostile]:
    """Variables that would be dear to coerce or to bind."""
    declared = " ".join(f"$v{i}: String" for i in range(200))
    yield Hostile(
        "200 variables of 10 kB",
        f"query({declared}) {{ __typename }}",
        variables={f"v{i}": "x" * 10_000 for i in range(200)},
    )
    used = " ".join(f"a{i}: node(id: $v) {{ id }}" for i in range(9))
    yield Hostile(
        "200 undeclared variables of 10 kB",
        f"query($v: ID!) {{ {used} }}",
        variables={"v": "x"} | {f"v{i}": "x" * 10_000 for i in range(200)},
    )
    yield Hostile(
        "10,000 ids in a variable",
        "query($v: [ID!]!) { nodes(ids: $v) { id } }",
        variables={"v": ["x"] * 10_000},
    )
    yield Hostile(
        "a variable of 1 MB",
        "query($v: ID!) { node(id: $v) { id } }",
        variables={"v": "x" * 1_000_000},
    )
    nested: Any = {}
    for _ in range(400):
        nested = {"not": nested}
    yield Hostile(
        "a variable of 400 levels",
        "query($v: InstitutionFilter) { institutions(first: 1, filter: $v) { totalCount } }",
        variables={"v": nested},
    )
    yield Hostile(
        "a variable of 250,000 values",
        "query($v: [ID!]!) { nodes(ids: $v) { id } }",
        variables={"v": [["x"] * 500] * 500},
    )
    yield Hostile(
        "an object of 100,000 keys",
        "query($v: InstitutionFilter) { institutions(first: 1, filter: $v) { totalCount } }",
        variables={"v": {f"k{i}": 1 for i in range(100_000)}},
    )


def _faults() -> Iterator[Hostile]:
    """Wrong in many places: each would be told, with suggestions."""
    yield Hostile(
        "1,900 unknown fields",
        "{ tenant {" + "".join(f" namez{i}" for i in range(1_900)) + " } }",
        INVALID,
    )
    yield Hostile(
        "90 unknown arguments",
        "{ institutions(" + " ".join(f"firzt{i}: 1" for i in range(90)) + ") { totalCount } }",
        INVALID,
    )
    yield Hostile(
        "45 conflicting fields",
        "{ " + " ".join(f"institutions(first: {i}) {{ totalCount }}" for i in range(45)) + " }",
        INVALID,
    )
    fragments = "".join(f" fragment F{i} on Tenant {{ name code id }}" for i in range(35))
    yield Hostile(
        "35 fragments in one place, one conflict",
        "{ tenant { name: id " + " ".join(f"...F{i}" for i in range(35)) + " } }" + fragments,
        INVALID,
    )
    yield Hostile("an unended string", '{ node(id: "' + "x" * 60_000 + "\n", UNPARSED)
    yield Hostile("an unended block string", '{ node(id: """' + '"' * 2 + "\\" * 60_000, UNPARSED)
    yield Hostile("control characters", "{ \x00\x01\x02 }", UNPARSED)
    yield Hostile("a lone surrogate", '{ node(id: "\ud800") { id } }', UNPARSED)
    yield Hostile("full-width braces", "｛ __typename ｝", UNPARSED)
    yield Hostile(
        "escapes to the end", '{ node(id: "' + "\\u{0000000000000000000000041}" * 2_000, UNPARSED
    )
