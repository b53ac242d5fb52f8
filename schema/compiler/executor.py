"""The executor: completes a Lazy by one statement, wraps each mutation field in a transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from graphql import GraphQLNonNull, OperationType
from graphql.execution.executor import to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from infra import faults
from infra.errors import DomainError, Forbidden
from schema.compiler.compile import Compiler
from schema.compiler.declared import source_of
from schema.compiler.patches import apply
from schema.compiler.plan import MARKED, Plan, PlanCache, plan_key, shape
from schema.compiler.recipes import Arguments
from schema.compiler.sources import Every, Grouped, Lazy, Root, Several
from schema.context import Context
from schema.errors import Code, refused
from tenants.compiled_door import StalePrincipal, raw_connection, read_json
from tenants.scope import Scope
from tenants.session import unit_of_work

PLANS = PlanCache()
_UNSEEN: tuple[None, Any] = (None, None)


class _RolledBack(Exception):
    """Leaves a unit of work without committing."""


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor with compiled reads; all language rules stay its own."""

    lazy: Lazy

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arguments: Arguments = {}
        self._roots: Any = None

    def arguments(self, definition: Any, node: Any) -> dict[str, Any]:
        """A field's coerced arguments in this run."""
        found = self._arguments.get(id(node))
        if found is None:
            made = get_argument_values(definition, node, self.variable_values, None, True)
            found = self._arguments[id(node)] = (node, made)
        return found[1]

    def execute_fields(
        self,
        parent_type: Any,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        if path is None:
            self._roots = grouped_field_set
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def build_response(self, data: Any) -> Any:
        recipes = self.context_value.recipes
        if recipes is not None and self._roots is not None and not self.collected_errors.errors:
            recipes.learn(self, self._roots, self._arguments)
        return super().build_response(data)

    def complete_value(
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
                    raise refused(Code.UNAUTHENTICATED) from None
                answer = await self._read(return_type, details, info, path, lazy)
        if answer is None and isinstance(return_type, GraphQLNonNull):
            raise TypeError(f"{info.parent_type}.{info.field_name} is null and may not be")
        return answer

    async def _read(self, return_type: Any, details: Any, info: Any, path: Path, lazy: Lazy) -> Any:
        context: Context = self.context_value
        scope = lazy.scope or context.scope
        plan = self._plan(return_type, details, info, path, lazy, scope)
        self.lazy = lazy
        for check in plan.checks:
            check(self)
        values = [getter(self) for getter in plan.getters]
        # A unit of work began with fresh rights and may have changed them itself.
        is_given = lazy.scope is not None or context.session is not None
        principal = None if is_given else context.principal
        # What the fast door has read or seen fail is not run again.
        known, text = context.seen.pop(path.key, _UNSEEN) if path.prev is None else _UNSEEN
        if known is plan and isinstance(text, Exception):
            raise text
        if known is not plan:
            async with self._connection(scope) as connection:
                text = await read_json(connection, scope, principal, plan.select, values)
        if text is None:
            return None
        if not plan.patches or MARKED not in text:
            return orjson.Fragment(text)
        return await apply(orjson.loads(text), plan, path, context, self.collected_errors)

    @asynccontextmanager
    async def _connection(self, scope: Scope) -> AsyncIterator[Any]:
        """The driver connection to read on: the transaction's, the request's, or an event's own."""
        context: Context = self.context_value
        if context.session is not None:
            await context.session.flush()
            wrapped = await (await context.session.connection()).get_raw_connection()
            yield wrapped.driver_connection
        elif self.operation.operation is OperationType.SUBSCRIPTION:
            # A subscription outlives many requests; between events it holds no connection.
            async with raw_connection(scope) as connection:
                yield connection
        else:
            yield await context.connection(scope)

    def _plan(
        self, return_type: Any, details: Any, info: Any, path: Path, lazy: Lazy, scope: Scope
    ) -> Plan:
        context: Context = self.context_value
        key = plan_key(
            context.document_key,
            self.operation.name.value if self.operation.name else "",
            tuple(path.as_list()),
            lazy,
            scope,
            context.permissions,
            shape(self.variable_values.coerced),
        )
        plan = PLANS.get(key) if context.document_key else None
        if plan is None:
            definition = info.parent_type.fields[info.field_name]
            compiler = Compiler(self, scope, context.permissions)
            plan = compiler.root(definition, details, lazy, return_type)
            if context.document_key:
                PLANS.put(key, plan)
        return plan

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Path
    ) -> None:
        # A failed read inside a mutation must not leave its write behind; a field of the
        # payload that the asker may not see is no failure of the command.
        denied = isinstance(getattr(raw_error, "original_error", None), Forbidden)
        if not (denied and path.prev is not None):
            self.context_value.failed = True
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def execute_field(
        self,
        parent_type: Any,
        source: Any,
        field_details_list: Any,
        path: Path,
        position_context: Any,
    ) -> Any:
        name = field_details_list[0].node.name.value
        if parent_type is self.schema.mutation_type and name != "__typename":
            return self._mutate(parent_type, source, field_details_list, path, position_context)
        definition = parent_type.fields.get(name)
        declared = source_of(definition) if definition is not None else None
        if isinstance(declared, Root | Every | Several | Grouped):
            return self._compiled(parent_type, definition, declared, field_details_list, path)
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )

    async def _compiled(
        self, parent_type: Any, definition: Any, source: Any, details: Any, path: Path
    ) -> Any:
        """A root field that its declaration answers: no resolver is called."""
        try:
            lazy = source.lazy(self.arguments(definition, details[0].node))
            if lazy is None:
                return None
            info = self.build_resolve_info(definition, to_nodes(details), parent_type, path)
            return await self._complete_lazy(definition.type, details, info, path, lazy)
        except Exception as error:
            self.handle_field_error(error, definition.type, details, path)
            return None

    async def _mutate(
        self, parent_type: Any, source: Any, details: Any, path: Path, position_context: Any
    ) -> Any:
        """One mutation field: its transaction wraps resolver and completion."""
        context: Context = self.context_value
        definition = parent_type.fields[details[0].node.name.value]
        declared = source_of(definition)
        result: Any = None
        context.rollback = context.failed = False
        try:
            arguments = self.arguments(definition, details[0].node)
            scope = await declared.scope(context, arguments)
            async with unit_of_work(scope, declared.action) as session:
                context.session = session
                result = super().execute_field(parent_type, source, details, path, position_context)
                if self.is_awaitable(result):
                    result = await result
                if context.failed or context.rollback:
                    raise _RolledBack
                await faults.point("before_mutation_commit")
            await faults.point("after_mutation_commit")
        except DomainError as error:
            # The scope itself was refused: no such place, no such receipt.
            info = self.build_resolve_info(definition, to_nodes(details), parent_type, path)
            payload = declared.refuse(context, error)
            told = self.complete_value(
                definition.type, details, info, path, payload, position_context
            )
            return await told if self.is_awaitable(told) else told
        except _RolledBack:
            # A refused command answers with its userErrors; a half-read payload with nothing.
            return None if context.failed else result
        except Exception as error:
            self.handle_field_error(error, definition.type, details, path)
            return None
        finally:
            context.session = None
        return result
