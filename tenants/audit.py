"""The per-tenant hash chain: one link per unit of work, always the last statement."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

GENESIS = bytes(32)
"""The hash before the first link."""

_NEXT_HASH = """sha256({hash} || convert_to(jsonb_build_array({tenant}, {seq},
  current_setting('app.now'), {account}, {action}, {subjects})::text, 'UTF8'))"""


def linked(batch: str, account: str, action: str) -> str:
    """CTEs that append one link to the chain of each tenant in `batch(tenant_id, subjects)`.

    For set-based statements over many tenants: `account` and `action` are constants of the caller,
    `batch` the name of a CTE before these. The heads are locked in the order of their numbers.
    """
    # The locked rows carry the subjects along: of two CTEs the planner knows no sizes, so joining
    # them again would compare each tenant with each.
    values = {"account": f"'{account}'::text", "action": f"'{action}'::text"}
    following = _NEXT_HASH.format(
        hash="h.hash", tenant="h.tenant_id", seq="h.seq + 1", subjects="l.subjects", **values
    )
    return f"""
audit_locked AS MATERIALIZED (
  SELECT h.tenant_id, b.subjects FROM {batch} b JOIN audit_head h ON h.tenant_id = b.tenant_id
  ORDER BY h.tenant_id FOR UPDATE OF h),
audit_moved AS (
  UPDATE audit_head h SET seq = h.seq + 1, hash = {following}
  FROM audit_locked l WHERE h.tenant_id = l.tenant_id
  RETURNING h.tenant_id, h.seq, h.hash, l.subjects),
audit_linked AS (
  INSERT INTO audit_link (tenant_id, seq, at, account_id, action, subjects, hash)
  SELECT tenant_id, seq, current_setting('app.now'), {values["account"]}, {values["action"]},
         subjects, hash FROM audit_moved)"""  # noqa: S608 - constants


_GIVEN = {
    "account": "cast(:account AS text)",
    "action": "cast(:action AS text)",
    "subjects": "cast(:subjects AS text)",
}
_APPEND = text(f"""
WITH head AS (
  UPDATE audit_head SET seq = seq + 1,
    hash = {_NEXT_HASH.format(hash="hash", tenant="tenant_id", seq="seq + 1", **_GIVEN)}
  WHERE tenant_id = cast(:tenant AS int) RETURNING seq, hash)
INSERT INTO audit_link (tenant_id, seq, at, account_id, action, subjects, hash)
SELECT cast(:tenant AS int), seq, current_setting('app.now'), {_GIVEN["account"]},
       {_GIVEN["action"]}, {_GIVEN["subjects"]}, hash FROM head
""")  # noqa: S608 - constants

_VERIFY = text("""
SELECT l.seq FROM audit_link l
LEFT JOIN audit_link p ON p.tenant_id = l.tenant_id AND p.seq = l.seq - 1
WHERE l.tenant_id = cast(:tenant AS int)
  AND l.hash IS DISTINCT FROM sha256(
    CASE WHEN l.seq = 1 THEN cast(:genesis AS bytea) ELSE p.hash END
    || convert_to(jsonb_build_array(l.tenant_id, l.seq, l.at, l.account_id, l.action,
                                    l.subjects)::text, 'UTF8'))
UNION
SELECT h.seq FROM audit_head h
LEFT JOIN audit_link l ON l.tenant_id = h.tenant_id AND l.seq = h.seq
WHERE h.tenant_id = cast(:tenant AS int)
  AND h.hash IS DISTINCT FROM CASE WHEN h.seq = 0 THEN cast(:genesis AS bytea) ELSE l.hash END
ORDER BY 1
""")


async def append(
    session: AsyncSession, tenant_id: int, account: str, action: str, subjects: str
) -> None:
    """Add a link. Raises RuntimeError when the tenant has no chain (it was never opened)."""
    values = {"tenant": tenant_id, "account": account, "action": action, "subjects": subjects}
    result = await session.execute(_APPEND, values)
    if getattr(result, "rowcount", 0) != 1:
        raise RuntimeError(f"tenant {tenant_id} has no audit chain")


async def broken_links(session: AsyncSession, tenant_id: int) -> list[int]:
    """Sequence numbers whose hash does not follow from their content and predecessor.

    The head's number is among them when the newest links were cut off.
    """
    found = await session.execute(_VERIFY, {"tenant": tenant_id, "genesis": GENESIS})
    return [int(seq) for (seq,) in found]
