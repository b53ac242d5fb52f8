"""`mutation`: the decorator that makes a resolver a command with user errors."""

import functools
import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database.base import TenantOwned
from infra.errors import DomainError, Forbidden
from schema.compiler.sources import SOURCE, read
from schema.context import Context
from schema.errors import Code, refused
from schema.payloads import refusal
from schema.replay import once
from tenants.access import Permission, require
from tenants.principal import Principal
from tenants.scope import Scope, ScopeKind

T = TypeVar("T")
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
R = TypeVar("R")
Row = TypeVar("Row", bound=TenantOwned)
ScopeFrom = Callable[[Context, dict[str, Any]], Awaitable[Scope]]


@dataclass(frozen=True, eq=False)
class Mutation:
    """What the executor must know before it runs the resolver."""

    action: str
    scope: ScopeFrom
    refuse: Callable[[Context, DomainError], Any]
    """The payload that tells a refusal."""
    payload: type[Any]
    idempotent: bool
    alone: bool
    """It is the only root field of its request."""


async def own_scope(context: Context, _arguments: dict[str, Any]) -> Scope:
    """The token's own scope, with the rights of this moment and not those of the cache.

    Raises UNAUTHENTICATED without a token, Forbidden for supervisors.
    """
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
    scope: ScopeFrom = own_scope,
    idempotent: bool = False,
    money: bool = False,
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Declare a mutation field, whose answer is a `payload`.

    The resolver runs inside the field's transaction (`info.context.session`); a DomainError it
    raises becomes the payload's `userErrors` and nothing of the field is kept; a Conflict shows
    the present object beside them. `permission` is asked before the resolver; `scope` says where
    the transaction runs (default: the token's). `idempotent` is for commands that issue numbers or
    send: the input's `idempotency_key` makes them happen once. `money` is for those that move money
    or set it aside: they are idempotent, and stand alone in their request.
    """

    is_once = idempotent or money

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        told = typing.get_type_hints(resolver)["return"]
        payload = next(a for a in (typing.get_args(told) or (told,)) if a is not type(None))
        within = "input" if "input" in inspect.signature(resolver).parameters else None

        def refuse(context: Context, error: DomainError) -> Any:
            return refusal(payload, context, error, within)

        @functools.wraps(resolver)
        async def run(self: Any, info: strawberry.Info, **arguments: Any) -> Any:
            context: Context = info.context

            async def act() -> Any:
                return await resolver(self, info=info, **arguments)

            try:
                if permission is not None:
                    require(context, permission)
                if is_once:
                    answer = await once(context, payload, action, arguments["input"], act)
                else:
                    answer = await act()
                assert context.session is not None  # noqa: S101 - the executor opened it
                await context.session.flush()
            except DomainError as error:
                context.rollback = True
                return refuse(context, error)
            return answer

        declared = Mutation(action, scope, refuse, payload, is_once, alone=money)
        made: Any = strawberry.mutation(
            resolver=run, description=description, metadata={SOURCE: declared}
        )
        for argument in made.arguments:
            argument.description = argument.description or "输入 — what the command needs"
        return made

    return decorate


class Commanding(Protocol[C_co]):
    """An input that knows the command it stands for."""

    def command(self, tenant_id: int) -> C_co:
        """The command in that tenant."""
        ...


async def done(
    service: Callable[[AsyncSession, Principal, C], Awaitable[R]],
    info: strawberry.Info,
    input: Commanding[C],
) -> R:
    """Carry out an input's command for the asker; raises what the service raises."""
    context: Context = info.context
    principal, session = context.principal, context.session
    assert principal is not None and session is not None  # noqa: S101 - the executor saw to it
    return await service(session, principal, input.command(principal.tenant_id))


async def changed(
    shows: type[T],
    service: Callable[[AsyncSession, Principal, C], Awaitable[Row]],
    info: strawberry.Info,
    input: Commanding[C],
) -> T:
    """Carry out an input's command and show the row it changed; raises what the service raises."""
    row = await done(service, info, input)
    return read(shows, row.id, row.tenant_id)
