"""No GraphQL at all, as a contestant: the limit."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from infra.database.engine import Role, pool
from infra.ids import decode_id
from schema.context import PRINCIPALS
from tenants.auth.tokens import verify
from tenants.compiled_door import PARAMETERS, read_json

_ID = (
    "translate(encode(convert_to('Institution:' || i.tenant_id || ':' || i.id, 'UTF8'),"
    " 'base64'), E'+/=\\n', '-_')"
)
_AT = '\'YYYY-MM-DD"T"HH24:MI:SS.MS"+08:00"\''
_LEAVES = f"""{_ID} AS id, i.uscc, i.name, i.category, i.address, i.status,
  to_char(i.registered_at AT TIME ZONE 'Asia/Shanghai', {_AT}) AS "registeredAt",
  to_char(i.closed_at AT TIME ZONE 'Asia/Shanghai', {_AT}) AS "closedAt",
  i.close_reason AS "closeReason", i.version"""
_PAGE = """(SELECT json_build_object('institutions', json_build_object('nodes',
  coalesce(json_agg(x.j), '[]'))) FROM (SELECT (SELECT to_json(r) FROM (SELECT {fields}) r) AS j
  FROM institution i WHERE i.tenant_id = s.tenant
  ORDER BY i.sort_key, i.tenant_id, i.id LIMIT {first}) x)"""

STATEMENTS = {
    "nested": _PAGE.format(
        first=20,
        fields=_LEAVES
        + """, (SELECT json_build_object('name', u.name, 'kind', u.kind, 'parent',
      (SELECT json_build_object('name', p.name) FROM unit p
        WHERE p.tenant_id = u.tenant_id AND p.id = u.parent_id),
      'posts', json_build_object('nodes', (SELECT coalesce(json_agg(json_build_object(
        'title', q.title, 'role', q.role)), '[]') FROM (SELECT * FROM post q
        WHERE q.tenant_id = u.tenant_id AND q.unit_id = u.id ORDER BY q.code LIMIT 10) q)))
     FROM unit u WHERE u.tenant_id = i.tenant_id AND u.id = i.unit_id) AS unit""",
    ),
    "list": _PAGE.format(first=100, fields=_LEAVES + ", i.name AS title, i.uscc AS code"),
    "by id": f"""(SELECT json_build_object('institution', (SELECT to_json(r) FROM (SELECT i.uscc,
      i.name, (SELECT json_build_object('name', u.name) FROM unit u
        WHERE u.tenant_id = i.tenant_id AND u.id = i.unit_id) AS unit) r))
      FROM institution i WHERE i.tenant_id = s.tenant AND i.id = ${PARAMETERS + 1}::uuid)""",
}


class ByHandEndpoint:
    """Answers the named statement; `kind` takes the place of a query."""

    async def __call__(self, request: Request) -> Response:
        body: dict[str, Any] = orjson.loads(await request.body())
        identity = verify(request.headers["authorization"].removeprefix("Bearer "))
        principal = await PRINCIPALS.get(identity.tenant_id, identity.account_id)
        assert principal is not None
        values = []
        if "id" in body["variables"]:
            decoded = decode_id(body["variables"]["id"])
            assert decoded is not None
            values = [decoded.id]
        opened = pool(Role.API)
        async with opened.acquire() as connection:
            text = await read_json(
                connection, principal.scope, principal, STATEMENTS[body["kind"]], values
            )
        return Response(b'{"data":' + (text or b"null") + b"}",
                        media_type="application/json")  # fmt: skip
