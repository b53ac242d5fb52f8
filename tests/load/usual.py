"""The usual way, as a contestant: Strawberry types, ORM rows, one DataLoader per relation."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import orjson
import strawberry
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from infra.clock import SHANGHAI
from infra.ids import decode_id, encode_id
from schema.context import PRINCIPALS
from services.institutions.models import Institution as InstitutionRow
from tenants.auth.tokens import verify
from tenants.models import Post as PostRow
from tenants.models import Unit as UnitRow
from tenants.session import reading


@strawberry.type
class Post:
    title: str
    role: str


@strawberry.type
class PostConnection:
    nodes: list[Post]


@strawberry.type
class Unit:
    row: strawberry.Private[Any]
    name: str
    kind: str

    @strawberry.field
    async def parent(self, info: strawberry.Info) -> Unit | None:
        if self.row.parent_id is None:
            return None
        return unit(await info.context["units"].load(self.row.parent_id))

    @strawberry.field
    async def posts(self, info: strawberry.Info, first: int) -> PostConnection:
        rows = await info.context["posts"].load(self.row.id)
        return PostConnection(nodes=[Post(title=r.title, role=r.role) for r in rows[:first]])


def unit(row: UnitRow) -> Unit:
    """A unit's object from its row."""
    return Unit(row=row, name=row.name, kind=row.kind)


@strawberry.type
class Institution:
    row: strawberry.Private[Any]
    id: strawberry.ID
    uscc: str
    name: str
    category: str
    address: str | None
    status: str
    registered_at: str
    closed_at: str | None
    close_reason: str | None
    version: int

    @strawberry.field
    async def unit(self, info: strawberry.Info) -> Unit:
        return unit(await info.context["units"].load(self.row.unit_id))


def _instant(value: Any) -> str | None:
    return value and value.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def institution(row: InstitutionRow) -> Institution:
    """An institution's object from its row."""
    return Institution(
        row=row,
        id=strawberry.ID(encode_id("Institution", row.tenant_id, row.id)),
        uscc=row.uscc,
        name=row.name,
        category=row.category,
        address=row.address,
        status=row.status,
        registered_at=_instant(row.registered_at) or "",
        closed_at=_instant(row.closed_at),
        close_reason=row.close_reason,
        version=row.version,
    )


@strawberry.type
class InstitutionConnection:
    nodes: list[Institution]


@strawberry.type
class Query:
    @strawberry.field
    async def institutions(self, info: strawberry.Info, first: int) -> InstitutionConnection:
        session, tenant = info.context["session"], info.context["tenant"]
        rows = await session.scalars(
            select(InstitutionRow)
            .where(InstitutionRow.tenant_id == tenant)
            .order_by(InstitutionRow.sort_key, InstitutionRow.tenant_id, InstitutionRow.id)
            .limit(first)
        )
        return InstitutionConnection(nodes=[institution(row) for row in rows])

    @strawberry.field
    async def institution(self, info: strawberry.Info, id: strawberry.ID) -> Institution | None:
        decoded = decode_id(id)
        assert decoded is not None
        row = await info.context["session"].get(InstitutionRow, (decoded.tenant_id, decoded.id))
        return institution(row) if row else None


def loaders(session: Any, tenant: int) -> dict[str, Any]:
    """One DataLoader per relation, as the documentation says."""

    async def units(ids: list[Any]) -> list[Any]:
        rows = await session.scalars(
            select(UnitRow).where(UnitRow.tenant_id == tenant, UnitRow.id.in_(ids))
        )
        found = {row.id: row for row in rows}
        return [found.get(i) for i in ids]

    async def posts(ids: list[Any]) -> list[list[Any]]:
        rows = await session.scalars(
            select(PostRow)
            .where(PostRow.tenant_id == tenant, PostRow.unit_id.in_(ids))
            .order_by(PostRow.code)
        )
        found = defaultdict(list)
        for row in rows:
            found[row.unit_id].append(row)
        return [found[i] for i in ids]

    return {"units": DataLoader(load_fn=units), "posts": DataLoader(load_fn=posts)}


class UsualEndpoint:
    """The same authentication, role and context; a session per request."""

    def __init__(self) -> None:
        self.schema = strawberry.Schema(
            Query, extensions=[lambda: ParserCache(1_000), lambda: ValidationCache(1_000)]
        )

    async def __call__(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        identity = verify(request.headers["authorization"].removeprefix("Bearer "))
        principal = await PRINCIPALS.get(identity.tenant_id, identity.account_id)
        assert principal is not None
        async with reading(principal.scope) as session:
            context = {"session": session, "tenant": principal.tenant_id}
            result = await self.schema.execute(
                body["query"],
                variable_values=body.get("variables"),
                context_value=context | loaders(session, principal.tenant_id),
            )
        assert not result.errors, result.errors
        return Response(orjson.dumps({"data": result.data}), media_type="application/json")
