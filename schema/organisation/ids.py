"""Opaque ids that clients send back."""

from uuid import UUID

from infra.ids import decode_id

NO_ROW = UUID(int=0)
"""Names no row of any table: what a foreign, wrong or broken id becomes."""


def row_id(value: str, tenant_id: int, *types: str) -> UUID:
    """The row that an id names, or NO_ROW unless it is one of these types in this tenant."""
    decoded = decode_id(value)
    if decoded is None or decoded.type not in types or decoded.tenant_id != tenant_id:
        return NO_ROW
    return decoded.id
