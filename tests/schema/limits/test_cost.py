"""The price of documents: worked examples, the oracle over random ones, refusals, speed."""

import random
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query, parse

from schema.errors import Code, code_of
from schema.limits import price as module
from schema.limits.cost import price
from schema.limits.numbers import DEFAULT
from schema.limits.price import CEILING
from tests.harness.effort import effort
from tests.schema.asking import whole_schema
from tests.schema.limits.oracle import Oracle
from tests.schema.limits.shop import SCHEMA
from tests.schema.limits.writer import Writer


def cost(text: str, **variables: Any) -> int:
    """Points of a document's only operation."""
    return price(SCHEMA, parse(text), None).of(variables)


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ __typename }", {}, 0),
        ("{ item { id name } }", {}, 1),
        ("{ item { price } }", {}, 1 + 2),
        ("{ dear }", {}, 5),
        ("{ items(first: 10) { totalCount } }", {}, 1 + 3),
        ("{ items(first: 10) { nodes { id } } }", {}, 1 + 10),
        ("{ items(first: 10) { nodes { price shop { id } } totalCount } }", {}, 1 + 10 * 4 + 3),
        ("{ items(first: 10) { edges { cursor } pageInfo { hasNextPage } } }", {}, 1 + 10),
        ("{ items(first: 10) { edges { node { shop { id } } } } }", {}, 1 + 10 * 2),
        ("{ items(first: 10) { nodes { id } edges { node { id } } } }", {}, 1 + 20),
        ("{ items(first: 5) { nodes { items(last: 4) { nodes { id } } } } }", {}, 1 + 5 * 6),
        ("{ item { shop { items(first: 2) { nodes { id } } } } }", {}, 1 + 1 + 4 + 1 + 2),
        ("{ items { nodes { id } } }", {}, 101),
        ("{ items(first: 0) { nodes { id } } }", {}, 1),
        ("{ items(first: -1) { nodes { id } } }", {}, 1),
        ("{ items(first: 1000) { nodes { id } } }", {}, 101),
        ("{ items(first: null, last: 3) { nodes { id } } }", {}, 4),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": 7}, 8),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": True}, 101),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": "7"}, 101),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {"n": None}, 101),
        ("query($n: Int) { items(first: $n) { nodes { id } } }", {}, 101),
        ("query($n: Int = 20) { items(first: $n) { nodes { id } } }", {}, 21),
        ("query($n: Int, $m: Int) { items(first: $n, last: $m) { nodes { id } } }", {"m": 2}, 3),
        ("query($m: Int) { items(first: 90, last: $m) { nodes { id } } }", {"": 0}, 91),
        ('{ things(ids: ["a", "b"]) { id } }', {}, 1 + 2),
        ("query($i: [ID!]!) { things(ids: $i) { id } }", {"i": ["a"] * 30}, 31),
        ("query($i: [ID!]!) { things(ids: $i) { id } }", {"i": "a"}, 2),
        ("{ figures { value } }", {}, 10 + 7),
        ("{ figures { item { price } } }", {}, 10 + 7 * (1 + 1 + 2)),
        ("{ plain { value } }", {}, 1),
        ("{ item @include(if: false) { price } dear }", {}, 5),
        ("{ ... @skip(if: true) { item { price } } dear }", {}, 5),
        ("query($b: Boolean!) { item @include(if: $b) { id } dear }", {"b": False}, 5),
        ("query($b: Boolean!) { item @include(if: $b) { id } dear }", {"b": True}, 6),
        ("query($b: Boolean!) { item @include(if: $b) { id } dear }", {"b": "x"}, 6),
        ("{ thing { ... on Item { price } ... on Shop { best { id } } } }", {}, 1 + 2),
        ("{ choice { ... on Item { id } ... on Shop { best { price } } } }", {}, 1 + 3),
        ("{ ...F ...F } fragment F on Query { item { id } }", {}, 2),
        ("mutation { note { item { price } } }", {}, 10 + 3),
        ("mutation { send { item { id } } note { __typename } }", {}, 25 + 1 + 10),
        ("mutation { pay { item { id } } }", {}, 11),
    ],
)
def test_worked_examples(text: str, variables: dict[str, Any], points: int) -> None:
    assert cost(text, **variables) == points
    assert Oracle(SCHEMA, parse(text), variables).cost() == points


def test_unknown_names_cost_nothing() -> None:
    """Validation refuses them; whether before or after the price is the caller's choice."""
    assert cost("{ nothing { at all } item { nor { this } } }") == 1
    assert cost("{ ...Nobody item { id } ... on Nowhere { item { id } } }") == 1


def _differences(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    writer = Writer(SCHEMA, rng)
    wrong = []
    for _ in range(count):
        text = writer.document()
        document = parse(text)
        priced = price(SCHEMA, document, None)
        for variables in (writer.variables(), writer.variables()):
            wanted = min(Oracle(SCHEMA, document, variables).cost(), CEILING)
            if priced.of(variables) != wanted:
                wrong.append(f"{priced.of(variables)} for {wanted}: {text} {variables}")
    return wrong


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.prove)])
def test_prices_equal_the_oracles(count: int) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    assert _differences(seed, count) == []


FAULTS = {
    "a page's cost forgets null": ("Page", "of", lambda self, variables: self.most),
    "conditions are not asked": ("Condition", "holds", lambda self, variables: True),
    "ids count once": ("Ids", "of", lambda self, variables: 1),
    "types are added": (
        "Step",
        "of",
        lambda self, variables, values: min(
            sum(p.of(variables, values) for p in self.parts), CEILING
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_control_a_planted_fault_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, planted = FAULTS[fault]
    monkeypatch.setattr(getattr(module, owner), name, planted)
    assert _differences(11, 100) != []


def test_over_the_bound_the_dearest_field_is_told() -> None:
    text = """query($n: Int) { item { id } items(first: $n) { nodes {
        name shop { ...S } } } } fragment S on Shop { wares: items(first: 50) { nodes { id } } }"""
    priced = price(SCHEMA, parse(text), None)
    # 1 + 1 + n × (1 + 1 + 4 + 1 + 50)
    assert priced.checked({"n": 35}) == 1 + 1 + 35 * 57
    with pytest.raises(GraphQLError) as caught:
        priced.checked({"n": 36})
    told = caught.value.message
    assert code_of(caught.value) is Code.COST_LIMIT_EXCEEDED
    assert "2054" in told and "2000" in told and "items.nodes.shop.wares.nodes (1800" in told
    assert priced.checked({"n": 36}, replace(DEFAULT, points=2_054)) == 2_054
    with pytest.raises(GraphQLError):
        priced.checked({"n": 36}, replace(DEFAULT, points=2_053))


def test_costs_saturate() -> None:
    text = "{ " + "items { nodes { " * 12 + "id" + " } }" * 12 + " }"
    priced = price(SCHEMA, parse(text), None)
    assert priced.of({}) == CEILING < 1 << 31
    with pytest.raises(GraphQLError, match="at least 1000000000"):
        priced.checked({})


def test_a_mutation_that_moves_money_stands_alone() -> None:
    for text in (
        "mutation { pay { item { id } } note { item { id } } }",
        "mutation { a: pay { item { id } } b: pay { item { id } } }",
        "mutation { ...F note { item { id } } } fragment F on Mutation { pay { item { id } } }",
    ):
        with pytest.raises(GraphQLError, match="pay") as caught:
            price(SCHEMA, parse(text), None)
        assert code_of(caught.value) is Code.GRAPHQL_VALIDATION_FAILED
    assert cost("mutation { pay { item { id } } pay { item { name } } }") > 0
    assert cost("mutation { send { item { id } } note { item { id } } }") > 0


def test_which_operation_is_meant() -> None:
    document = parse("query A { dear } query B { item { id } }")
    assert price(SCHEMA, document, "A").of({}) == 5
    assert price(SCHEMA, document, "B").of({}) == 1
    for name in (None, "C"):
        with pytest.raises(GraphQLError, match="operationName"):
            price(SCHEMA, document, name)
    assert price(SCHEMA, parse("subscription { a }"), None).of({}) == 0


def test_fragments_are_priced_once() -> None:
    """2^60 spreads of a page whose size is a variable."""
    links = "".join(
        f" fragment F{i} on Item {{ a: shop {{ best {{ ...F{i + 1} }} }} b: shop {{ best"
        f" {{ ...F{i + 1} }} }} }}"
        for i in range(60)
    )
    last = " fragment F60 on Item { items(first: $n) { nodes { id } } }"
    document = parse("query($n: Int) { item { ...F0 } }" + links + last)

    def look() -> None:
        priced = price(SCHEMA, document, None)
        assert priced.of({"n": 3}) == CEILING
        priced.dearest({"n": 3})

    assert effort(look) < 80


def test_a_thousand_evaluations_are_cheap() -> None:
    text = "query($n: Int, $b: Boolean!) { items(first: $n) { nodes { id shop @include(if: $b)" + (
        " { name items(first: 3) { nodes { id price } totalCount } } } pageInfo { hasNextPage } } }"
    )
    priced = price(SCHEMA, parse(text), None)
    fixed = price(SCHEMA, parse(text.replace("$n)", "9)").replace("$b)", "true)")), None)

    def evaluate(one: module.Price) -> None:
        for _ in range(1_000):
            one.of({"n": 20, "b": True})

    moving, still = effort(lambda: evaluate(priced)), effort(lambda: evaluate(fixed))
    print(f"with variables {moving:.1f} yardsticks, without {still:.2f}")
    assert moving < 80 and still < 8


def test_introspection_has_a_flat_price() -> None:
    schema = whole_schema()._schema
    whole = price(schema, parse(get_introspection_query()), None).of({})
    assert whole == DEFAULT.schema_points <= DEFAULT.points
    one = '{ __type(name: "Clue") { fields { name type { name } } } __typename }'
    assert price(schema, parse(one), None).of({}) == DEFAULT.type_points
