"""Fixtures of funds: the bank and an institution whose fees it keeps."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from infra.gateways.bank.simulator import Bank
from infra.settings import settings
from tests.harness.county import County
from tests.services.funds.funding import Fund, open_fund
from tests.services.payments.paying import Clock, open_bank


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(tmp_path: Path, clock: Clock) -> Iterator[Bank]:
    with open_bank(tmp_path / "bank", clock) as opened:
        yield opened


@pytest.fixture
async def fund(
    county: County,
    admin: asyncpg.Connection,
    bank: Bank,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Fund:
    monkeypatch.setenv("WANGGE_BANK_URL", bank.url)
    settings.cache_clear()
    return await open_fund(county, admin, bank, clock)
