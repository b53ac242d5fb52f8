"""Numbers of papers: without gaps within a tenant and a year."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tenants.session import scope_of

# The row is locked from here to the commit, so whoever issues next waits and no number is left
# out: what is rolled back gives its number back.
_NEXT = text("""
INSERT INTO serial (tenant_id, series, year, last_number) VALUES (:tenant, :series, :year, 1)
ON CONFLICT (tenant_id, series, year) DO UPDATE SET last_number = serial.last_number + 1
RETURNING last_number
""")


async def next_number(session: AsyncSession, series: str, year: int) -> int:
    """The next number of a series (`problem.notice`); call it last, other issuers wait."""
    values = {"tenant": scope_of(session).tenant_id, "series": series, "year": year}
    return int((await session.execute(_NEXT, values)).scalar_one())
