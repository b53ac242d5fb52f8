"""Bounds on the JSON variables of a request, before graphql-core coerces them."""

from collections.abc import Mapping
from typing import Any

from schema.limits.numbers import DEFAULT, Limits
from schema.limits.refusal import over


def check_variables(variables: Mapping[str, Any] | None, limits: Limits = DEFAULT) -> None:
    """Refuse too many, too deep, too long or too large variables.

    Walks at most `limits.variable_values` values. Raises GraphQLError `COST_LIMIT_EXCEEDED`
    naming the variable.
    """
    if not variables:
        return
    if len(variables) > limits.variables:
        raise over("variables", limits, len(variables))
    values = chars = 0
    for name, given in variables.items():
        chars += len(name)
        waiting: list[tuple[Any, int]] = [(given, 0)]
        while waiting:
            value, depth = waiting.pop()
            values += 1
            # Counted when found: a wide list must not first be copied.
            inside = len(value) if isinstance(value, dict | list) else 0
            if values + len(waiting) + inside > limits.variable_values:
                raise over("variable_values", limits, where=_told(name))
            if isinstance(value, str):
                if len(value) > limits.string_chars:
                    raise over("string_chars", limits, len(value), _told(name))
                chars += len(value)
            elif isinstance(value, list | dict):
                if depth == limits.variable_depth:
                    raise over("variable_depth", limits, where=_told(name))
                if isinstance(value, dict):
                    chars += sum(map(len, value))
                    waiting += [(item, depth + 1) for item in value.values()]
                elif inside > limits.list_items:
                    raise over("list_items", limits, inside, _told(name))
                else:
                    waiting += [(item, depth + 1) for item in value]
            if chars > limits.variable_chars:
                raise over("variable_chars", limits, where=_told(name))


def _told(name: str) -> str:
    """The variable as its sender wrote it; a monstrous name is cut."""
    return f"${name[:60]}"
