"""What a document may be: every bound with its neighbour, through fragments, in linear time."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from graphql import GraphQLError, get_introspection_query, parse

from schema.errors import Code, code_of
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.rules import examine
from tests.harness.effort import effort


def _deep(depth: int) -> str:
    return "{ a " * depth + "}" * depth


def _through_fragments(depth: int) -> str:
    """One field a fragment, each spreading the next."""
    links = "".join(
        f" fragment F{i} on T {{ f{i} {{ ...F{i + 1} }} }}" for i in range(1, depth - 1)
    )
    return f"{{ f0 {{ ...F1 }} }}{links} fragment F{depth - 1} on T {{ leaf }}"


def _selections(count: int) -> str:
    """A fragment of 98 fields, each time inside a field of another name: 100 a time, and a root."""
    fields = " ".join(f"f{i}" for i in range(98))
    times, rest = divmod(count - 1, 100)
    spreads = " ".join(f"b{i} {{ ...F }}" for i in range(times))
    others = " ".join(f"r{i}" for i in range(rest))
    return f"{{ a {{ {spreads} {others} }} }} fragment F on T {{ {fields} }}"


def _pairs(count: int) -> str:
    """Selections of which so many pairs are of one field: five alike make ten pairs."""
    tens, ones = divmod(count, 10)
    alike = [5] * tens + [2] * ones
    return " ".join(f"f{i} " * times for i, times in enumerate(alike))


def _spread_together(count: int) -> str:
    """So many pairs of fragments: 45 in one place make 990, five ten, two one."""
    places = [45] * (count // 990) + [5] * (count % 990 // 10) + [2] * (count % 10)
    spreads = " ".join(
        f"p{i} {{ {' '.join(f'...F{j}' for j in range(times))} }}" for i, times in enumerate(places)
    )
    return f"{{ {spreads} }}" + "".join(f" fragment F{j} on T {{ f{j} }}" for j in range(45))


BOUNDS: dict[str, Callable[[int], str]] = {
    "operations": lambda n: " ".join(f"query q{i} {{ a }}" for i in range(n)),
    "fragments": lambda n: "{ a }" + "".join(f" fragment F{i} on T {{ a }}" for i in range(n)),
    "nesting": lambda n: "{ a " + "... { " * (n - 1) + "b" + " }" * n,
    "depth": _deep,
    "introspection_lists": lambda n: (
        "{ __type { " + "fields { type { " * n + "x" + " } }" * n + " } }"
    ),
    "introspection_aliases": lambda n: "{ b: __schema { x" + " a: y" * n + " } }",
    "introspection_fields": lambda n: "{ __schema {" + "".join(f" f{i}" for i in range(n)) + " } }",
    "introspection_depth": lambda n: "{ __schema " + _deep(n - 1) + "}",
    "aliases": lambda n: "{ x {" + "".join(f" a{i}: b" for i in range(n)) + "} }",
    "directives": lambda n: "query @d { a" + " @d" * (n - 2) + " ...F } fragment F on T { b @d }",
    "root_fields": lambda n: "{" + "".join(f" a{i}" for i in range(n)) + "}",
    "comparisons": lambda n: "{ x { " + _pairs(n) + " } }",
    "fragment_pairs": lambda n: _spread_together(n),
}

THROUGH_FRAGMENTS: dict[str, Callable[[int], str]] = {
    "depth": _through_fragments,
    "selections": _selections,
    "aliases": lambda n: (
        "{ " + "x { ...F } " * (n // 5) + "z: c " * (n % 5) + "}"
        " fragment F on T { a: b c: d ... { e: f } g: h i: j }"
    ),
    "root_fields": lambda n: (
        "{ ...F } fragment F on Query { ... { a0 } ...G } fragment G on Query {"
        + "".join(f" a{i}" for i in range(1, n))
        + "}"
    ),
    # A fragment that spreads 44, in two fields that merge: 45 together.
    "fragment_pairs": lambda n: (
        "{ x { ...A } x { ...A "
        + "".join(f"y{i} {{ ...F0 ...F1 }} " for i in range(n - 990))
        + "} } fragment A on T {"
        + "".join(f" ...F{i}" for i in range(44))
        + " }"
        + "".join(f" fragment F{i} on T {{ f{i} }}" for i in range(44))
    ),
    # Twice in each of two places that merge: six pairs of each field, and one of `x`.
    "comparisons": lambda n: (
        "{ x { ...F " + _pairs((n - 1) % 6) + " } x { ...F } }"
        " fragment F on T { " + " ".join(f"y{i} y{i}" for i in range((n - 1) // 6)) + " }"
    ),
}


def refusal_of(text: str, limits: Limits = DEFAULT) -> GraphQLError | None:
    """The refusal of a document, if any."""
    try:
        examine(parse(text), limits)
    except GraphQLError as error:
        return error
    return None


@pytest.mark.parametrize(
    "made", [*BOUNDS.items(), *THROUGH_FRAGMENTS.items()], ids=lambda made: made[0]
)
def test_a_bound_is_exact(made: tuple[str, Callable[[int], str]]) -> None:
    bound, write = made
    most = getattr(DEFAULT, bound)
    assert refusal_of(write(most)) is None
    error = refusal_of(write(most + 1))
    assert error is not None and code_of(error) is Code.COST_LIMIT_EXCEEDED
    assert str(most) in error.message
    assert refusal_of(write(most + 1), replace(DEFAULT, **{bound: most + 1})) is None


def test_the_selections_of_all_definitions_count() -> None:
    """Validation visits them all, whichever operation runs."""
    one = " ".join(f"f{i}" for i in range(150))
    operations = " ".join(f"query q{i} {{ a {{ {one} }} }}" for i in range(13))
    assert refusal_of(operations) is None
    unused = f" fragment U on T {{ {one} }}"
    error = refusal_of(operations + unused)
    assert error is not None and "selections" in error.message


@pytest.mark.parametrize("text", [
    "{ a } fragment U on T { x { y" + " y" * 64 + " } }",
    "{ ...F } fragment F on T { x { y" + " y" * 64 + " } } fragment F on T { b }",
    "{ ...F } fragment F on T { b } fragment F on T { x { y" + " y" * 64 + " } }",
])  # fmt: skip
def test_no_definition_hides(text: str) -> None:
    """Neither an unused fragment nor the other of two namesakes."""
    error = refusal_of(text)
    assert error is not None and "x.y" in error.message


def test_merged_selections_multiply() -> None:
    """44 times a field with 44 times a field: the overlap rule would compare 1,936 with 1,936."""
    inner = "a { " + "b " * 44 + "} "
    error = refusal_of("{ " + inner * 44 + "}")
    pairs = 44 * 43 // 2 + 1936 * 1935 // 2
    assert error is not None and "a.b" in error.message and str(pairs) in error.message


def test_introspection_of_the_usual_tools_passes() -> None:
    for deprecated in (True, False):
        text = get_introspection_query(
            descriptions=True,
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=deprecated,
        )
        assert refusal_of(text) is None
    # The control: so deep a document of data is refused.
    deep = text.replace("__schema", "schema")
    error = refusal_of(deep)
    assert error is not None and "12" in error.message


def test_only_the_root_introspects() -> None:
    error = refusal_of("{ a { __schema " + _deep(12) + "} }")
    assert error is not None and "__schema" in error.message


CYCLES = {
    "self": "{ ...A } fragment A on T { ...A }",
    "in a field": "{ ...A } fragment A on T { x { ... { ...A } } }",
    "mutual": "{ ...A } fragment A on T { ...B } fragment B on T { ...A }",
    "unused": "{ a } fragment A on T { ...B } fragment B on T { x { ...A } }",
    "behind a tail": "{ ...A } fragment A on T { ...B } fragment B on T { ...B }",
    "long": "{ ...F0 }"
    + "".join(f" fragment F{i} on T {{ ...F{(i + 1) % 40} }}" for i in range(40)),
}


@pytest.mark.parametrize("cycle", CYCLES)
def test_a_fragment_cycle_is_refused_and_told(cycle: str) -> None:
    error = refusal_of(CYCLES[cycle])
    assert error is not None and code_of(error) is Code.GRAPHQL_VALIDATION_FAILED
    assert "→" in error.message


def test_control_the_same_chain_without_the_last_link_passes() -> None:
    assert refusal_of(CYCLES["long"].replace("...F0 } f", "a } f").replace("{ ...F0 }", "{ a }")
                      .replace("...F0", "a")) is None  # fmt: skip


def test_an_unknown_fragment_is_left_to_validation() -> None:
    assert refusal_of("{ ...Nobody }") is None


BOMBS = {
    "fields": "a { ...F{next} } b { ...F{next} }",
    "spreads": "...F{next} ...F{next}",
    "inline": "... { ...F{next} } ... { ...F{next} }",
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("leaf", ["{ x }", "{}"])
def test_a_bomb_is_refused_in_linear_time(bomb: str, leaf: str) -> None:
    """2^40 selections: a walk of them would never end."""
    links = "".join(
        f" fragment F{i} on T {{ {BOMBS[bomb].replace('{next}', str(i + 1))} }}" for i in range(40)
    )
    document = parse(f"{{ ...F0 }}{links} fragment F40 on T {leaf}")

    def refuse() -> None:
        with pytest.raises(GraphQLError, match=r"selections|brackets"):
            examine(document)

    assert effort(refuse) < 40
