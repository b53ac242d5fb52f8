"""Identifiers: UUIDv7 inside, opaque `ID` (base64url of type, tenant and uuid) outside.

`OPAQUE_ID_SQL` is the twin used by compiled reads; a test keeps the two equal.
"""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

__all__ = ["GlobalId", "decode_id", "encode_id", "new_id", "new_undatable_id"]

# Letters, digits, `:` and `-` never encode to `+` or `/`, so only breaks and padding must go:
# by replace(), because rtrim() and translate() first look where each character of a UTF-8 text
# begins. All is ASCII, so textsend() gives the bytes in any encoding, cheaper than convert_to().
OPAQUE_ID_SQL = (
    "replace(replace(encode(textsend('{type}:' || {tenant}::text || ':' || {id}::text),"
    " 'base64'), E'\\n', ''), '=', '')"
)

UUID7_SQL = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send("
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),"
    " 'hex')::uuid"
)
"""Twin of `new_id` for set-based statements; PostgreSQL has its own only from 18 on."""

UUID7_STAMP_SQL = (
    "lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '-7' AS head,"
    " substr(gen_random_uuid()::text, 19) AS tail"
)
"""Select list of a one-row query that a batch's ids are made of: time, and 62 random bits."""

UUID7_SERIES = 4_096
"""How many ids one stamp is good for."""


def uuid7_of(stamp: str, number: str) -> str:
    """SQL of the id with a number below `UUID7_SERIES` from `stamp`, a CTE over UUID7_STAMP_SQL.

    The number stands where RFC 9562 (6.2, method 1) puts a counter: ids of one stamp sort by it,
    and only one of them draws random bits, which costs as much as the rest of a small row.
    """
    return (
        f"((SELECT head FROM {stamp}) || lpad(to_hex({number}), 3, '0')"  # noqa: S608 - constants
        f" || (SELECT tail FROM {stamp}))::uuid"
    )


@dataclass(frozen=True)
class GlobalId:
    """What an opaque ID names: GraphQL type name, tenant number, row id."""

    type: str
    tenant_id: int
    id: UUID


def new_id() -> UUID:
    """A time-ordered id (UUIDv7, RFC 9562)."""
    return uuid7()


def new_undatable_id() -> UUID:
    """A random id (UUIDv4) for rows a reporter could be dated by."""
    return uuid4()


def encode_id(type_name: str, tenant_id: int, row_id: UUID) -> str:
    """The opaque, URL-safe, unpadded form."""
    raw = f"{type_name}:{tenant_id}:{row_id}".encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_id(value: str) -> GlobalId | None:
    """The parts of an opaque ID, or None when it is not one of ours."""
    if len(value) > 200:
        return None
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
        type_name, tenant, row = raw.split(":")
        decoded = GlobalId(type_name, int(tenant), UUID(row))
    except (ValueError, binascii.Error):
        return None
    in_range = 0 <= decoded.tenant_id < 2**31
    return (
        decoded
        if in_range and encode_id(type_name, decoded.tenant_id, decoded.id) == value
        else None
    )
