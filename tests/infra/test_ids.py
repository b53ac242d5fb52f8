"""Ids that a set-based statement makes."""

from uuid import UUID

import asyncpg

from infra.ids import UUID7_SERIES, UUID7_STAMP_SQL, new_id, uuid7_of


async def test_ids_of_one_stamp_are_version_7_and_keep_their_order(
    admin: asyncpg.Connection,
) -> None:
    before = new_id()
    rows = await admin.fetch(
        f"WITH stamp AS MATERIALIZED (SELECT {UUID7_STAMP_SQL})"
        f" SELECT {uuid7_of('stamp', 'i')} AS id FROM generate_series(0, {UUID7_SERIES - 1}) i"
    )
    found = [UUID(str(row["id"])) for row in rows]
    assert {(one.version, one.variant) for one in found} == {(7, before.variant)}
    assert found == sorted(set(found)) and len(found) == UUID7_SERIES
    # Within a second of the twin's: the first 48 bits are milliseconds.
    assert abs((found[0].int >> 80) - (before.int >> 80)) < 1_000
