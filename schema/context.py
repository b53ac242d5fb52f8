"""What one request carries: who asks, in which scope, language and over which connection."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from schema.compiler.recipes import Recipes
from tenants import principal as principals
from tenants.access import Permission
from tenants.compiled_door import raw_connection
from tenants.principal import Principal
from tenants.scope import Reach, Scope, ScopeKind

_NOBODY = Scope(ScopeKind.PUBLIC, -1, -1, -1, reach=Reach.NONE)
"""The scope of a request without a token that names no tenant: no tenant has the number -1."""


class PrincipalCache:
    """Principals by account; each statement proves its entry or has it loaded again."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._known: dict[tuple[int, UUID], Principal] = {}

    def known(self, tenant_id: int, account_id: UUID) -> Principal | None:
        """The principal, if it was loaded before."""
        return self._known.get((tenant_id, account_id))

    async def get(self, tenant_id: int, account_id: UUID) -> Principal | None:
        found = self.known(tenant_id, account_id)
        return found if found is not None else await self.reload(tenant_id, account_id)

    async def reload(self, tenant_id: int, account_id: UUID) -> Principal | None:
        # Whatever comes of loading, what was known until now is not to be trusted any more.
        self._known.pop((tenant_id, account_id), None)
        loaded = await principals.load(tenant_id, account_id)
        if loaded is None:
            return None
        if len(self._known) >= self._size:
            self._known.pop(next(iter(self._known)))
        self._known[tenant_id, account_id] = loaded
        return loaded

    def clear(self) -> None:
        self._known.clear()


PRINCIPALS = PrincipalCache()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request costs its client, in points, and what the client has left."""

    requested: int
    limit: int
    remaining: int
    restore_per_s: float


@dataclass
class Context:
    """One request. Use as an async context manager: it gives its connection back at the end."""

    principal: Principal | None = None
    language: str = "zh"
    request_id: str = ""
    address: str = ""
    has_token: bool = False
    document_key: str = ""
    deadline: float | None = None
    """When the request must have ended, by the loop's clock."""
    cost: Cost | None = None
    session: AsyncSession | None = None
    rollback: bool = False
    replayed: bool = False
    """A command of the request was answered by what its idempotency key made before."""
    failed: bool = False
    recipes: Recipes | None = None
    """What is known of the operation; the executor adds to it."""
    seen: dict[str | int, tuple[Any, Any]] = field(default_factory=dict)
    """By root field: the plan that the fast door ran, and the text or the error it got."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connections: dict[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        return self.principal.scope if self.principal else _NOBODY

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.principal.permissions if self.principal else frozenset()

    async def connection(self, scope: Scope) -> Any:
        """The request's one raw connection of a role, taken when first needed."""
        if scope.role not in self._connections:
            self._connections[scope.role] = await self._stack.enter_async_context(
                raw_connection(scope)
            )
        return self._connections[scope.role]

    async def refresh(self) -> None:
        """Load the principal's rights again."""
        if self.principal is not None:
            self.principal = await PRINCIPALS.reload(
                self.principal.tenant_id, self.principal.account_id
            )

    async def __aenter__(self) -> "Context":
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._connections.clear()
        await self._stack.aclose()
