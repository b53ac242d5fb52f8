"""Bounds on the JSON of a request: on its bytes, and on its variables before they are coerced."""

import re
from collections.abc import Mapping
from typing import Any

from schema.limits.numbers import DEFAULT, Limits
from schema.limits.refusal import over

_MARKS = rb'(?:[^"\[{,]*+(?:"[^"]*+"|[\[{,])){%d}'
"""That many strings, commas and opened brackets outside strings."""


def check_body(body: bytes | bytearray, limits: Limits = DEFAULT) -> None:
    """Refuse a JSON text that surely has more values than variables may have, before it is parsed.

    A decoder makes every value, and nothing else runs meanwhile. A value is at most a key, itself
    if it is a string, a comma and an opened bracket; the rest of a request has a few more. Raises
    GraphQLError `COST_LIMIT_EXCEEDED`.
    """
    most = 4 * limits.variable_values + 200
    if len(body) <= most:
        return
    if b"\\" in body:
        # Only quotes that end a string remain.
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if re.match(_MARKS % (most + 1), body) is not None:
        raise over("variable_values", limits)


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
