"""`mutation`: the decorator that makes a resolver a command with user errors."""

import functools
import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from infra.errors import DomainError, Fault, Forbidden
from schema.compiler.sources import SOURCE
from schema.context import Context
from schema.errors import Code, refused
from tenants.access import Permission, require
from tenants.scope import Scope, ScopeKind

ScopeFrom = Callable[[Context, dict[str, Any]], Awaitable[Scope]]


@strawberry.type(description="用户错误 — something the user can mend")
class UserError:
    """One thing wrong with an input."""

    field: list[str] = strawberry.field(description="字段路径 — path of the input at fault")
    message: str = strawberry.field(description="说明 — why, and what would be right")
    code: str = strawberry.field(description="代码 — stable")


@dataclass(frozen=True, eq=False)
class Mutation:
    """What the executor must know before it runs the resolver."""

    action: str
    scope: ScopeFrom
    refuse: Callable[[Context, DomainError], Any]
    """The payload that tells a refusal."""


async def _own_scope(context: Context, _arguments: dict[str, Any]) -> Scope:
    # A command acts on the rights of this moment, not on those of the cache.
    await context.refresh()
    if context.principal is None:
        raise refused(Code.UNAUTHENTICATED)
    if context.scope.kind is ScopeKind.JURISDICTION:
        raise Forbidden("supervisors write in no tenant")
    return context.scope


def mutation(
    description: str,
    *,
    action: str,
    permission: Permission | None = None,
    scope: ScopeFrom = _own_scope,
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Declare a mutation field.

    The resolver runs inside the field's transaction (`info.context.session`); a DomainError it
    raises becomes the payload's `userErrors` and nothing of the field is kept. `permission` is
    asked before the resolver; `scope` says where the transaction runs (default: the token's).
    """

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        told = typing.get_type_hints(resolver)["return"]
        payload = next(a for a in (typing.get_args(told) or (told,)) if a is not type(None))
        within = "input" if "input" in inspect.signature(resolver).parameters else None

        def refuse(context: Context, error: DomainError) -> Any:
            return payload(user_errors=[_told(f, within, context) for f in error.faults])

        @functools.wraps(resolver)
        async def run(self: Any, info: strawberry.Info, **arguments: Any) -> Any:
            context: Context = info.context
            try:
                if permission is not None:
                    require(context, permission)
                answer = await resolver(self, info=info, **arguments)
                assert context.session is not None  # noqa: S101 - the executor opened it
                await context.session.flush()
            except DomainError as error:
                context.rollback = True
                return refuse(context, error)
            return answer

        declared = Mutation(action, scope, refuse)
        made: Any = strawberry.mutation(
            resolver=run, description=description, metadata={SOURCE: declared}
        )
        for argument in made.arguments:
            argument.description = argument.description or "输入 — what the command needs"
        return made

    return decorate


def _told(fault: Fault, within: str | None, context: Context) -> UserError:
    path = [to_camel_case(part) for part in fault.field]
    if within and path and path[0] != within:
        path.insert(0, within)
    return UserError(
        field=path,
        message=fault.en if context.language == "en" else fault.zh,
        code=fault.code,
    )
