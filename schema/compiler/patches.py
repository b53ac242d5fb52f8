"""Patches: what SQL could not say, put into the parsed answer by one call for all rows."""

from typing import Any

from graphql import GraphQLError
from graphql.pyutils import Path

from infra.errors import Forbidden
from schema.compiler.plan import MARK, Patch, Plan

_Place = tuple[Any, Any, list[Any], list[Any]]


async def apply(data: Any, plan: Plan, path: Path, context: Any, errors: Any) -> Any:
    """Replace every tagged value; the answer, or None when a null climbed to the root field.

    `errors` collects what failed, each at its own path. Raises the error itself when null may
    not stand at the root field either; the executor then carries on.
    """
    found: dict[int, list[_Place]] = {}
    _collect(data, [], found)
    for index, places in sorted(found.items()):
        patch = plan.patches[index]
        results = await _results(patch, [inputs for *_, inputs in places], context)
        for (holder, key, where, _), result in zip(places, results, strict=True):
            if not isinstance(result, Exception):
                holder[key] = result
                continue
            error = _located(result, patch, [*path.as_list(), *where])
            if patch.survives == 0:
                raise error
            target = where[: patch.survives]
            _clear(data, target)
            errors.add(error, _below(path, target))
    return data


async def _results(patch: Patch, inputs: list[list[Any]], context: Any) -> list[Any]:
    if patch.function is None:
        return [patch.failure] * len(inputs)
    rows = [dict(zip(patch.inputs, values, strict=True)) for values in inputs]
    return await patch.function(context, rows)


def _located(failure: Exception, patch: Patch, path: list[Any]) -> GraphQLError:
    extensions = {"code": "FORBIDDEN"} if isinstance(failure, Forbidden) else None
    return GraphQLError(
        "not allowed" if extensions else str(failure),
        patch.nodes,
        path=path,
        original_error=failure,
        extensions=extensions or getattr(failure, "extensions", None),
    )


def _clear(data: Any, target: list[Any]) -> None:
    """Null at a path below `data`, unless something above it is null already."""
    for step in target[:-1]:
        data = data[step]
        if data is None:
            return
    data[target[-1]] = None


def _below(path: Path, steps: list[Any]) -> Path:
    for step in steps:
        path = Path(path, step, None)
    return path


def _collect(value: Any, path: list[Any], found: dict[int, list[_Place]]) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict) and MARK in item:
            index, *inputs = item[MARK]
            found.setdefault(index, []).append((value, key, [*path, key], inputs))
        elif isinstance(item, dict | list):
            _collect(item, [*path, key], found)
