"""A command under an idempotency key: run once, then answered from the ids of what it made."""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from schema.compiler.sources import NODES, Lazy, read
from schema.context import Context
from schema.payloads import PAYLOADS
from tenants import idempotency

KEY = "幂等键 — 16 to 64 visible ASCII characters, e.g. a UUID; sent again, nothing happens twice"
"""What an input says of its `idempotency_key`."""


async def once(
    context: Context,
    payload: type[Any],
    action: str,
    given: Any,
    act: Callable[[], Awaitable[Any]],
) -> Any:
    """What `act` answers; on a replay the same objects, read again under the new selection.

    Says `context.replayed` on a replay. Runs inside the field's transaction, so a command that is
    refused or killed leaves no key behind. Raises DomainError (IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED).
    """
    principal, session = context.principal, context.session
    assert principal is not None and session is not None  # noqa: S101 - the executor saw to it
    key: str = given.idempotency_key
    content = json.dumps([action, written(given)], default=str, sort_keys=True)
    kept = await idempotency.claim(session, principal.account_id, key, content)
    if kept is not None:
        context.replayed = True
        return payload(
            **{
                name: read(NODES[kind].type, UUID(row_id), principal.tenant_id)
                for name, (kind, row_id) in kept.items()
            }
        )
    answer = await act()
    await session.flush()
    if answer is not None:
        await idempotency.keep(session, principal.account_id, key, _results(payload, answer))
    return answer


def written(value: Any) -> Any:
    """An input as its client wrote it: what equals its default does not count.

    So an input that gains an optional field later still matches the digests kept before.
    """
    if isinstance(value, list):
        return [written(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    return {
        field.name: written(item)
        for field in dataclasses.fields(value)
        if (item := getattr(value, field.name)) != _default(field)
    }


def _default(field: "dataclasses.Field[Any]") -> Any:
    make = field.default_factory
    return field.default if make is dataclasses.MISSING else make()


def _results(payload: type[Any], answer: Any) -> dict[str, list[str]]:
    """Type and id of every object of an answer."""
    found: dict[str, list[str]] = {}
    for name in PAYLOADS[payload].objects:
        made = getattr(answer, name)
        if isinstance(made, Lazy) and made.type_name and made.id:
            found[name] = [made.type_name, str(made.id)]
        elif made is not None:
            raise TypeError(f"{payload.__name__}.{name} has no id to read it again by")
    return found
