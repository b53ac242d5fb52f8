"""Schemathesis asks the whole schema as every role: nothing of the inside comes out."""

import asyncpg
import pytest

from tests.harness.county import County
from tests.schema.fuzz import ROLES, ask_as
from tests.schema.world import furnish

CASES = 500
"""Of each role (issue: at least 500)."""


@pytest.mark.prove
@pytest.mark.parametrize("who", ROLES)
async def test_no_role_gets_an_internal_error_or_internal_text(
    who: str, county: County, admin: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await furnish(county, admin)
    with capsys.disabled():
        await ask_as(who, world, CASES)
