"""The executor: completes a Lazy by one statement, wraps each mutation field in a transaction."""

from collections.abc import Awaitable
from typing import Any, cast

import asyncpg
import orjson
from graphql import GraphQLError, GraphQLNonNull
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.compiler.compile import Compiler, source_of
from schema.compiler.plan import MARK, Patch, Plan, PlanCache, shape
from schema.compiler.sources import Lazy
from schema.context import Context
from tenants.compiled_door import StalePrincipal, read_json
from tenants.scope import Scope
from tenants.session import unit_of_work

PLANS = PlanCache()


class _RolledBack(Exception):
    """Leaves a unit of work without committing."""


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor with compiled reads; all language rules stay its own."""

    lazy: Lazy
    wangge_field: Any

    def arguments(self, definition: Any, node: Any) -> dict[str, Any]:
        """A field's coerced arguments in this run."""
        return cast(
            dict[str, Any],
            get_argument_values(definition, node, self.variable_values, None, True),
        )

    def complete_value(  # noqa: PLR0913
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, Lazy):
            return self._complete_lazy(return_type, field_details_list, info, path, result)
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )

    async def _complete_lazy(
        self, return_type: Any, details: Any, info: Any, path: Path, lazy: Lazy
    ) -> Any:
        context: Context = self.context_value
        async with context.lock:
            try:
                answer = await self._read(return_type, details, info, path, lazy)
            except StalePrincipal:
                await context.refresh()
                if context.principal is None:
                    raise GraphQLError(
                        "the token's account is gone", extensions={"code": "UNAUTHENTICATED"}
                    ) from None
                answer = await self._read(return_type, details, info, path, lazy)
        if answer is None and isinstance(return_type, GraphQLNonNull):
            raise TypeError(f"Cannot return null for {info.parent_type}.{info.field_name}.")
        return answer

    async def _read(
        self, return_type: Any, details: Any, info: Any, path: Path, lazy: Lazy
    ) -> Any:
        context: Context = self.context_value
        scope = lazy.scope or context.scope
        plan = self._plan(return_type, details, info, path, lazy, scope)
        self.lazy = lazy
        for check in plan.checks:
            check(self)
        values = [getter(self) for getter in plan.getters]
        principal = None if lazy.scope is not None else context.principal
        if context.session is not None:
            await context.session.flush()
            wrapped = await (await context.session.connection()).get_raw_connection()
            connection: Any = wrapped.driver_connection
        else:
            connection = await context.connection(scope)
        try:
            text = await read_json(connection, scope, principal, plan.select, values)
        except asyncpg.QueryCanceledError as cancelled:
            raise GraphQLError(
                "the statement took too long", extensions={"code": "TIMEOUT"}
            ) from cancelled
        if text is None:
            return None
        if not plan.patches:
            return orjson.Fragment(text)
        return await self._patched(orjson.loads(text), plan, path)

    def _plan(
        self, return_type: Any, details: Any, info: Any, path: Path, lazy: Lazy, scope: Scope
    ) -> Plan:
        context: Context = self.context_value
        operation = self.operation.name.value if self.operation.name else ""
        key = (
            context.document_key,
            operation,
            tuple(path.as_list()),
            lazy.type_name,
            lazy.id is None,
            lazy.tenant_id is None,
            tuple(name for name, _ in lazy.match),
            scope.shape,
            context.permissions,
            shape(self.variable_values.coerced),
        )
        plan = PLANS.get(key) if context.document_key else None
        if plan is None:
            self.wangge_field = info.parent_type.fields[info.field_name]
            plan = Compiler(self, scope, context.permissions).root(return_type, details, lazy)
            if context.document_key:
                PLANS.put(key, plan)
        return plan

    async def _patched(self, data: Any, plan: Plan, path: Path) -> Any:
        """Replace every tagged value: one call per patch for all its rows."""
        found: dict[int, list[tuple[Any, Any, list[Any], list[Any]]]] = {}
        _collect(data, path.as_list(), found)
        for index, places in found.items():
            patch = plan.patches[index]
            results = await self._results(patch, [inputs for *_, inputs in places])
            for (holder, key, where, _), result in zip(places, results, strict=True):
                failed = isinstance(result, Exception)
                holder[key] = None if failed else result
                if failed:
                    error = GraphQLError(
                        str(result),
                        patch.nodes,
                        path=where,
                        original_error=result,
                        extensions=getattr(result, "extensions", None),
                    )
                    self.collected_errors.add(error, None)
        return data

    async def _results(self, patch: Patch, inputs: list[list[Any]]) -> list[Any]:
        if patch.function is None:
            denied = GraphQLError("not allowed", extensions={"code": "FORBIDDEN"})
            return [denied] * len(inputs)
        rows = [dict(zip(patch.inputs, values, strict=True)) for values in inputs]
        return await patch.function(self.context_value, rows)

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Path
    ) -> None:
        # A failed read inside a mutation must not leave its write behind.
        self.context_value.rollback = True
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def execute_field(
        self,
        parent_type: Any,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        if parent_type is self.schema.mutation_type:
            return self._mutate(parent_type, source, field_details_list, path, position_context)
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )

    async def _mutate(self, parent_type: Any, source: Any, details: Any, path: Path, pc: Any) -> Any:
        """One mutation field: its transaction wraps resolver and completion."""
        context: Context = self.context_value
        definition = parent_type.fields[details[0].node.name.value]
        declared = source_of(definition)
        result: Any = None
        context.rollback = False
        try:
            arguments = self.arguments(definition, details[0].node)
            scope = await declared.scope(context, arguments)
            async with unit_of_work(scope, declared.action) as session:
                context.session = session
                result = super().execute_field(parent_type, source, details, path, pc)
                if self.is_awaitable(result):
                    result = await cast(Awaitable[Any], result)
                if context.rollback:
                    raise _RolledBack
        except _RolledBack:
            return result
        except Exception as error:
            self.handle_field_error(error, definition.type, details, path)
            return None
        finally:
            context.session = None
        return result


def _collect(value: Any, path: list[Any], found: dict[int, list[Any]]) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict) and MARK in item:
            index, *inputs = item[MARK]
            found.setdefault(index, []).append((value, key, [*path, key], inputs))
        elif isinstance(item, dict | list):
            _collect(item, [*path, key], found)
