"""The dearest documents that the limits let through: even these must not hold the loop up."""

import asyncio
import gc
import random
from collections.abc import Callable, Iterator

import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    execute,
    get_introspection_query,
    parse,
    specified_rules,
    validate,
)

from schema.documents import Documents
from schema.errors import Code, code_of
from schema.limits.numbers import DEFAULT
from tests.harness.effort import cpu_s, effort
from tests.schema.asking import whole_schema

MOST_EFFORT = 200
_LEAVES = "id uscc name category address status registeredAt closedAt closeReason version"


@pytest.fixture(scope="module", name="schema")
def the_schema() -> Iterator[GraphQLSchema]:
    """The schema as it is served: a collection does not walk it each time."""
    schema = whole_schema()._schema
    gc.collect()
    gc.freeze()
    yield schema
    gc.unfreeze()


def _fragments(count: int, body: Callable[[int], str]) -> str:
    """A place that spreads so many fragments."""
    spreads = " ".join(f"...F{i}" for i in range(count))
    defined = " ".join(f"fragment F{i} on Institution {{ {body(i)} }}" for i in range(count))
    return f'{{ institution(id: "x") {{ {spreads} }} }} {defined}'


def _repeated(times: int, inside: str) -> str:
    return "{ " + f'institution(id: "x") {{ {inside} }} ' * times + "}"


_LEAF = _LEAVES.split()
DEAREST: dict[str, str] = {
    # Every pair of these is compared, and every pair of what is inside them.
    "fields that merge": _repeated(
        18, "tenant { id name } grid { id name } id uscc name address status"
    ),
    "one leaf many times": _repeated(1, "id " * 63),
    "fragments of one another's fields": _fragments(14, lambda i: _LEAVES),
    "fragments apart": _fragments(45, lambda i: _LEAF[i % 10]),
    "fragments of fragments": _fragments(
        22, lambda i: f"...G{i} ...G{(i + 1) % 22}"
    ) + " ".join(f"fragment G{i} on Institution {{ {_LEAF[i % 10]} }}" for i in range(22)),
    # Every operation is validated and priced with all that it spreads.
    "operations": " ".join(f"query Q{i} {{ ...F }}" for i in range(20))
    + ' fragment F on Query { node(id: "x") { ' + "id ... on Institution { "
    + " ".join(_LEAF * 4) + " } } }",
    "objects in a list": "{ institutions(first: 1, filter: {and: ["
    + '{name: {eq: "a"}} ' * 200 + "]}) { nodes { id } } }",
    "objects in one another": "{ institutions(first: 1, filter: "
    + "{not: " * 45 + '{name: {eq: "a"}}' + "}" * 45 + ") { nodes { id } } }",
    # For every unknown name the likely ones are looked for.
    "types misspelt": "{ tenant { "
    + " ".join(f"... on InstitutionStatsDimensionFiltr{i} {{ a }}" for i in range(60)) + " } }",
    "fields misspelt": "{ tenant { "
    + " ".join(f"institutionStatsDimension{i}" for i in range(900)) + " } }",
    "filters misspelt": "{ institutions(first: 1, filter: {"
    + " ".join(f"classifctaion{i}: 1" for i in range(99)) + "}) { nodes { id } } }",
    # Every error counts the lines before its place.
    "errors after many lines": "\n" * 4_990 + "{ " + " ".join(f"zz{i}" for i in range(10)) + " }",
    "variables that nobody uses": "query(" + " ".join(f"$a{i}: Int" for i in range(100))
    + ") { __typename }",
    "a string": '{ institution(id: "' + "a" * 65_000 + '") { id } }',
    "escapes": '{ institution(id: "' + "\\u{1F600}" * 7_000 + '") { id } }',
    "lines of a block string": '{ node(id: """' + "a b c d e f\n" * 4_990 + '""") { id } }',
    "a comment": "#" + "网" * 65_000 + "\n{ __typename }",
    "nothing": ", " * 32_000 + "{ __typename }",
}  # fmt: skip


def _faults(schema: GraphQLSchema, text: str) -> list[GraphQLError]:
    """What forbids a document, made ready as the HTTP door does it for the first time."""
    return asyncio.run(Documents(schema, most_characters=0).read(text)).errors


def _refusal(schema: GraphQLSchema, text: str) -> str:
    """The limits' words on a document, empty when they let it pass."""
    told = [e.message for e in _faults(schema, text) if code_of(e) is Code.COST_LIMIT_EXCEEDED]
    return "".join(told)


def test_what_passes_the_limits_is_prepared_in_time(schema: GraphQLSchema) -> None:
    spent = {}
    for kind, text in DEAREST.items():
        assert _refusal(schema, text) == "", "at their bounds, these are not the limits' to refuse"
        spent[kind] = effort(lambda text=text: _faults(schema, text))
    slowest = max(spent, key=lambda kind: spent[kind])
    print(f"slowest of {len(spent)}: {slowest}, {spent[slowest]:.0f} yardsticks")
    assert spent[slowest] < MOST_EFFORT


CONTROLS = {
    "comparisons": _repeated(40, "id " * 40),
    "fragment_pairs": _fragments(99, lambda i: _LEAVES),
    "lines": "\n" * 60_000 + "{ " + " ".join(f"zz{i}" for i in range(40)) + " }",
}


@pytest.mark.parametrize("bound", CONTROLS)
def test_control_without_the_bound_graphql_core_is_slow(schema: GraphQLSchema, bound: str) -> None:
    """More of what is bounded, and graphql-core alone takes visibly longer than the refusal."""
    text = CONTROLS[bound]
    assert str(getattr(DEFAULT, bound)) in _refusal(schema, text)
    ours = cpu_s(lambda: _faults(schema, text))
    theirs = cpu_s(lambda: validate(schema, parse(text), specified_rules, max_errors=10), tries=1)
    print(f"{bound}: {ours * 1e3:.0f} ms refused, {theirs * 1e3:.0f} ms by graphql-core alone")
    assert theirs > 2 * ours


def test_control_suggestions_for_many_faults_are_slow(schema: GraphQLSchema) -> None:
    text = DEAREST["types misspelt"]
    ours = cpu_s(lambda: _faults(schema, text))
    theirs = cpu_s(lambda: validate(schema, parse(text), specified_rules, max_errors=10), tries=1)
    print(f"{ours * 1e3:.0f} ms refused, {theirs * 1e3:.0f} ms with suggestions")
    assert theirs > 2 * ours


def _fields(value: object) -> int:
    """Fields of an answer."""
    match value:
        case dict():
            return sum(1 + _fields(inside) for inside in value.values())
        case list():
            return sum(map(_fields, value))
        case _:
            return 0


_TYPE = {
    "fields": "__Field", "interfaces": "__Type", "possibleTypes": "__Type", "types": "__Type",
    "inputFields": "__InputValue", "enumValues": "__EnumValue", "args": "__InputValue",
    "type": "__Type", "ofType": "__Type",
}  # fmt: skip
_BELOW = {
    "__Type": "fields interfaces possibleTypes inputFields enumValues ofType kind name",
    "__Field": "args type name description isDeprecated",
    "__InputValue": "type name description defaultValue",
    "__EnumValue": "name description",
}


def _introspections(rng: random.Random) -> Iterator[str]:
    """Random introspection, wide and deep."""

    def below(name: str, depth: int) -> str:
        possible = _BELOW[name].split()
        chosen = rng.sample(possible, rng.randint(1, len(possible)))
        parts = []
        for field in chosen:
            alias = f"a{rng.randrange(30)}: " if rng.random() < 0.01 else ""
            inside = _TYPE.get(field)
            if inside is None:
                parts.append(alias + field)
            elif depth:
                parts.append(f"{alias}{field} {{ {below(inside, depth - 1)} }}")
        return " ".join(parts) or "__typename"

    while True:
        yield "{ __schema { types { " + below("__Type", rng.randint(1, 6)) + " } } }"


_THIRD = (
    "fields { name description isDeprecated deprecationReason } enumValues { name description }"
)
WIDEST = (
    "{ __schema { types { kind name description fields { name description isDeprecated args {"
    " name description defaultValue isDeprecated type { kind name ofType { kind name } } }"
    f" type {{ kind name {_THIRD} ofType {{ kind name {_THIRD} ofType {{ kind name {_THIRD} }}"
    " } } } possibleTypes { fields { name description } } inputFields { name description"
    f" type {{ kind name {_THIRD} ofType {{ kind name {_THIRD} }} }} }} }} }} }}"
)


def test_an_answer_about_the_schema_is_of_the_size_that_tools_ask_for(
    schema: GraphQLSchema,
) -> None:
    """One price for all introspection is just when none answers much more than the usual one."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    standard = _fields(execute(schema, parse(get_introspection_query())).data)
    assert _faults(schema, WIDEST) == []
    sizes = [_fields(execute(schema, parse(WIDEST)).data)]
    asked = _introspections(random.Random(seed))
    while len(sizes) < 30:
        text = next(asked)
        if not _faults(schema, text):
            sizes.append(_fields(execute(schema, parse(text)).data))
    print(f"largest of {len(sizes)}: {max(sizes)} fields, usual {standard}")
    assert max(sizes) < 4 * standard


def test_control_introspection_multiplied(schema: GraphQLSchema) -> None:
    """Without its bounds one introspection answers many times as much, for the same points."""
    aliased = " ".join(f"a{i}: fields {{ name args {{ name }} }}" for i in range(28))
    nested = "fields { type { ofType { fields { type { ofType { fields { name } } } } } } }"
    standard = _fields(execute(schema, parse(get_introspection_query())).data)
    for inside, bound in ((aliased, "aliases"), (nested, "lists")):
        text = f"{{ __schema {{ types {{ {inside} }} }} }}"
        assert bound in _refusal(schema, text)
    answer = execute(schema, parse(f"{{ __schema {{ types {{ {aliased} }} }} }}")).data
    assert _fields(answer) > 2 * standard
