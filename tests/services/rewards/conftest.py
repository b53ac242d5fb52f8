"""A county with a reward scheme and a budget, its bank and its SMS gateway in this process."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from infra.gateways.bank.simulator import Bank
from infra.settings import settings
from tests.harness.county import County
from tests.services.notifications.test_sending import Books
from tests.services.payments.paying import Clock, open_bank
from tests.services.rewards.desk import Desk, open_desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(tmp_path: Path, clock: Clock) -> Iterator[Bank]:
    with open_bank(tmp_path / "bank", clock) as opened:
        yield opened


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    opened = Books(tmp_path / "sms")
    yield opened
    opened.close()


@pytest.fixture
async def desk(
    county: County,
    admin: asyncpg.Connection,
    bank: Bank,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    monkeypatch.setenv("WANGGE_BANK_URL", bank.url)
    monkeypatch.setenv("WANGGE_SMS_URL", books.url)
    settings.cache_clear()
    return await open_desk(county, admin, bank, books)
