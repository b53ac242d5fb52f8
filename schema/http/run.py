"""Runs a prepared operation with graphql-core's own executor, within the request's time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard, cast

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from schema.compiler.executor import CompiledExecutor
from schema.context import Context

_is_awaitable = cast(Callable[[Any], TypeGuard[Awaitable[Any]]], optimized_is_awaitable)


class TimedExecutor(CompiledExecutor):
    """Ends each root field at the request's deadline: it fails by its path, the others stay."""

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Any, path: Path, position: Any
    ) -> Any:
        running = super().execute_field(parent_type, source, field_details_list, path, position)
        if path.prev is not None or not self.is_awaitable(running):
            return running
        return self._in_time(running, parent_type, field_details_list, path)

    async def _in_time(
        self, running: Awaitable[Any], parent_type: Any, details: Any, path: Path
    ) -> Any:
        context: Context = self.context_value
        try:
            async with asyncio.timeout_at(context.deadline):
                return await running
        except TimeoutError as error:
            definition = parent_type.fields[details[0].node.name.value]
            self.handle_field_error(error, definition.type, details, path)
            return None


async def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: dict[str, Any],
    context: Context,
) -> ExecutionResult | list[GraphQLError]:
    """The result of an operation, or why its variables do not fit (a request error: no data)."""
    running = _begun(schema, document, operation_name, variables, context)
    result = await running if _is_awaitable(running) else running
    return cast(ExecutionResult | list[GraphQLError], result)


def run_at_once(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: dict[str, Any],
    context: Context,
) -> ExecutionResult | list[GraphQLError]:
    """The same for an operation about the schema alone, which waits for nothing."""
    result = _begun(schema, document, operation_name, variables, context)
    return cast(ExecutionResult | list[GraphQLError], result)


def _begun(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: dict[str, Any],
    context: Context,
) -> Any:
    executor = TimedExecutor.build(
        schema,
        document,
        None,
        context,
        variables,
        operation_name,
        is_awaitable=_is_awaitable,
    )
    return executor if isinstance(executor, list) else executor.execute_operation()
