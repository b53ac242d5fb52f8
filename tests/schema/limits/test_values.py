"""Variables: every bound with its neighbour, and that the walk stops at the bound."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError

from schema.errors import Code, code_of
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.values import check_variables
from tests.harness.effort import effort


def _nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def _chars(total: int) -> dict[str, Any]:
    """Strings and names of so many characters together."""
    strings = (total - 2) // 10_000
    return {"v": [{"k": "x" * 9_999}] * strings, "w" * (total - 1 - strings * 10_000): 1}


BOUNDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "variables": lambda n: {f"v{i}": 1 for i in range(n)},
    "variable_depth": lambda n: {"v": _nested(n)},
    "variable_values": lambda n: {"v": [[1] * 499 for _ in range(9)], "w": [1] * (n - 4_502)},
    "list_items": lambda n: {"v": [1] * n},
    "string_chars": lambda n: {"v": {"a": ["x" * n]}},
    "variable_chars": _chars,
}


def refusal_of(variables: dict[str, Any] | None, limits: Limits = DEFAULT) -> GraphQLError | None:
    """The refusal of variables, if any."""
    try:
        check_variables(variables, limits)
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
    assert bound == "variables" or "$" in error.message, "the variable is named"
    assert refusal_of(BOUNDS[bound](most + 1), replace(DEFAULT, **{bound: most + 1})) is None


def test_none_and_scalars_are_taken() -> None:
    assert refusal_of(None) is None
    assert refusal_of({"a": None, "b": True, "c": 1.5, "d": "网格", "e": [], "f": {}}) is None


@pytest.mark.parametrize(
    "variables",
    [
        {"v": [[0] * 500 for _ in range(500)]},
        {f"v{i}": "x" * 10_000 for i in range(200)},
        {f"v{i}": "x" * 10_000 for i in range(99)},
        {"v": _nested(900)},
        {"v": {str(i): i for i in range(100_000)}},
        {"v" * 900_000: 1},
        {"v": {"k" * 900_000: 1}},
        {"v": list(range(10_000))},
    ],
)
def test_hostile_variables_are_refused_in_milliseconds(variables: dict[str, Any]) -> None:
    assert refusal_of(variables) is not None
    assert effort(lambda: refusal_of(variables)) < 40
