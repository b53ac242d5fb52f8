"""The fast door: a query whose plans are known is answered without graphql-core's executor.

It may only succeed. Whatever it cannot do (an error, a null that may not be, a value that only
Python makes) goes to the executor, which gives the official answer; what was read or seen to fail
on the way is handed on, so no statement runs twice.
"""

import asyncio
from typing import Any

from graphql.execution.values import VariableValues, get_argument_values

from schema.compiler import executor
from schema.compiler.plan import MARKED, Plan, plan_key, shape
from schema.compiler.recipes import Arguments, Recipes, RootField
from schema.compiler.sources import Lazy
from schema.context import Context
from tenants.compiled_door import StalePrincipal, read_prepared


class Run:
    """What a plan's getters ask of an executor, for one request."""

    __slots__ = ("_arguments", "_values", "lazy")

    def __init__(self, values: VariableValues, arguments: Arguments) -> None:
        self.lazy: Lazy | None = None
        self._values = values
        self._arguments = arguments
        """The recipe's own: copied before anything is added."""

    def arguments(self, definition: Any, node: Any) -> dict[str, Any]:
        """A field's coerced arguments in this run."""
        found = self._arguments.get(id(node))
        if found is None:
            made = get_argument_values(definition, node, self._values, None, True)
            self._arguments = {**self._arguments, id(node): (node, made)}
            return made
        return found[1]


async def answer(recipes: Recipes, variables: dict[str, Any], context: Context) -> bytes | None:
    """The JSON of `data`, or None where the executor must answer."""
    try:
        steps = _steps(recipes, variables, context)
        if steps is None:
            return None
        parts: list[bytes] = []
        # Taken within the request's time, given back outside it: a read that was cut short
        # leaves a connection that can be used again.
        async with asyncio.timeout_at(context.deadline):
            for field, plan, values in steps:
                text = field.constant
                if plan is not None:
                    text = await _read(field, plan, values, context)
                elif text is None and field.is_nullable:
                    text = b"null"
                if text is None:
                    return None
                parts.append(field.prefix + text)
    except Exception:
        # The executor finds the same, and tells it in its words.
        return None
    return b"{" + b",".join(parts) + b"}"


_Step = tuple[RootField, Plan | None, list[Any]]


def _steps(recipes: Recipes, variables: dict[str, Any], context: Context) -> list[_Step] | None:
    """The statements to run with their values; None when not all are known and plain."""
    coerced = recipes.coerced(variables)
    if coerced is None:
        return None
    form = shape(coerced.coerced)
    recipe = recipes.get(form)
    if recipe is None:
        return None
    run = Run(coerced, recipe.arguments)
    scope, permissions = context.scope, context.permissions
    steps: list[_Step] = []
    for field in recipe.fields:
        lazy = None
        if field.constant is None:
            lazy = field.source.lazy(run.arguments(field.definition, field.node))
        if lazy is None:
            steps.append((field, None, []))
            continue
        key = plan_key(
            context.document_key, recipes.operation, (field.key,), lazy, scope, permissions, form
        )
        plan = executor.PLANS.get(key)
        if plan is None or not plan.is_plain:
            return None
        run.lazy = lazy
        for check in plan.checks:
            check(run)
        steps.append((field, plan, [getter(run) for getter in plan.getters]))
    return steps


async def _read(field: RootField, plan: Plan, values: list[Any], context: Context) -> bytes | None:
    """One root field's JSON, or None with what was found handed on."""
    scope = context.scope
    try:
        connection = await context.connection(scope)
        text = await read_prepared(connection, scope, context.principal, plan.select, values)
    except Exception as error:
        # A refusal of the server's own, or rights that are out of date; a broken connection is not.
        if isinstance(error, StalePrincipal) or hasattr(error, "sqlstate"):
            context.seen[field.key] = (plan, error)
        raise
    if text is None:
        return b"null" if field.is_nullable else None
    if plan.patches and MARKED in text:
        context.seen[field.key] = (plan, text)
        return None
    return text
