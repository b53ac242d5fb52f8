"""Messages reach their recipient once, and nobody else; phone numbers are never in the clear."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx2 as httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from infra.broker import ACTORS
from infra.errors import Forbidden, NotFound
from infra.gateways import sms
from infra.gateways.sms import HttpSmsGateway, SmsRefused, SmsStatus
from infra.settings import settings
from services.notifications import actors as sending
from services.notifications import models, visibility
from services.notifications.rules import Template
from services.notifications.service import mark_read, notify_accounts, queue_sms
from tenants import actors, relay
from tenants.principal import Principal
from tenants.scope import Scope
from tenants.session import reading, unit_of_work
from tests.harness.county import County

PHONE = "+8613800138000"
TICKET = {"ticket": "T-0001"}


class Books:
    """The recording gateway in this process, and what it wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = sms.serve(folder, 0)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def lines(self, book: str) -> list[dict[str, str]]:
        path = self.folder / f"{book}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    opened = Books(tmp_path / "sms")
    yield opened
    opened.close()


@pytest.fixture
def gateway(books: Books, monkeypatch: pytest.MonkeyPatch, county: County) -> Books:
    monkeypatch.setenv("WANGGE_SMS_URL", books.url)
    settings.cache_clear()
    return books


class Bell:
    """Answers at once, in this process."""

    def __init__(self) -> None:
        self.rings: list[tuple[str, int, UUID]] = []

    def ring(self, name: str, tenant_id: int, event_id: UUID) -> None:
        self.rings.append((name, tenant_id, event_id))

    def close(self) -> None:
        """Nothing was opened."""


async def deliver(admin: asyncpg.Connection, times: int = 1) -> None:
    """Ring and answer, however often, without waiting for back-off."""
    assert "notifications.deliver_sms" in ACTORS
    bell = Bell()
    for _ in range(times):
        await relay.Relay(bell).turn()  # type: ignore[arg-type]
        for ring in bell.rings:
            await actors.run(*ring)
        bell.rings.clear()
        await admin.execute(
            "UPDATE delivery SET available_at = clock_timestamp(), leased_until = NULL"
        )


async def queue(county: County) -> UUID:
    async with unit_of_work(county.scope, "test") as session:
        return await queue_sms(session, county.number, PHONE, Template.CLUE_RECEIVED, TICKET)


async def outcomes(admin: asyncpg.Connection) -> list[str | None]:
    rows = await admin.fetch("SELECT outcome FROM message_attempt ORDER BY id")
    return [row["outcome"] for row in rows]


async def test_a_queued_message_arrives_once(
    county: County, gateway: Books, admin: asyncpg.Connection
) -> None:
    message_id = await queue(county)
    await deliver(admin, 3)
    (seen,) = gateway.lines("visible")
    assert seen["id"] == str(message_id)
    assert "T-0001" in seen["text"]
    assert len(gateway.lines("raw")) == 1
    assert await outcomes(admin) == ["SENT"]
    assert await admin.fetchval("SELECT state FROM message") == "SENT"
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0


async def test_the_public_may_queue_a_message_and_read_none(
    county: County, gateway: Books, admin: asyncpg.Connection
) -> None:
    public = Scope.public(county.number)
    async with unit_of_work(public, "test") as session:
        await queue_sms(session, county.number, PHONE, Template.CLUE_RECEIVED, TICKET)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with reading(public) as session:
            await session.execute(select(models.Message.id))
    await deliver(admin)
    assert len(gateway.lines("visible")) == 1


async def test_the_phone_number_is_nowhere_in_the_clear(
    county: County, gateway: Books, admin: asyncpg.Connection
) -> None:
    await queue(county)
    await deliver(admin)
    for table in ("message", "event", "audit_link", "message_attempt"):
        rows = await admin.fetch(f"SELECT t::text AS row FROM {table} t")
        assert all("13800138000" not in row["row"] for row in rows)
        assert all(PHONE.encode().hex() not in row["row"] for row in rows)
    for book in ("raw", "visible"):
        assert "13800138000" not in (gateway.folder / f"{book}.jsonl").read_text()


async def test_an_unanswered_attempt_is_asked_about_before_anything_is_sent_again(
    county: County, gateway: Books, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = HttpSmsGateway.send

    async def taken_but_unanswered(self: HttpSmsGateway, *message: str) -> SmsStatus:
        await honest(self, *message)  # type: ignore[arg-type]
        raise httpx.ReadTimeout("gone")

    monkeypatch.setattr(HttpSmsGateway, "send", taken_but_unanswered)
    await queue(county)
    await deliver(admin)
    assert await outcomes(admin) == [None]
    await deliver(admin)
    assert await outcomes(admin) == ["UNKNOWN"]
    assert len(gateway.lines("raw")) == len(gateway.lines("visible")) == 1
    assert await admin.fetchval("SELECT state FROM message") == "SENT"


async def test_a_message_that_never_arrived_is_sent_again(
    county: County, gateway: Books, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_reached(*_: object) -> SmsStatus:
        raise httpx.ConnectError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(HttpSmsGateway, "send", not_reached)
        await queue(county)
        await deliver(admin, 2)
        assert await admin.fetchval("SELECT state FROM message") == "UNKNOWN"
    await deliver(admin)
    assert await outcomes(admin) == ["UNKNOWN", "UNKNOWN", "SENT"]
    assert len(gateway.lines("raw")) == len(gateway.lines("visible")) == 1


async def test_while_the_gateway_cannot_be_asked_nothing_is_sent(
    county: County, gateway: Books, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> SmsStatus:
        raise httpx.ConnectError("gone")

    monkeypatch.setattr(HttpSmsGateway, "send", away)
    await queue(county)
    await deliver(admin)
    monkeypatch.undo()
    monkeypatch.setenv("WANGGE_SMS_URL", gateway.url)
    settings.cache_clear()
    monkeypatch.setattr(HttpSmsGateway, "query", away)
    await deliver(admin, 2)
    assert gateway.lines("raw") == []


async def test_a_refusal_is_final(
    county: County, gateway: Books, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> SmsStatus:
        raise SmsRefused("400")

    monkeypatch.setattr(HttpSmsGateway, "send", refuse)
    await queue(county)
    await deliver(admin, 3)
    assert await outcomes(admin) == ["REFUSED"]
    assert await admin.fetchval("SELECT state FROM message") == "FAILED"
    assert await admin.fetchval("SELECT count(*) FROM delivery") == 0


async def test_the_gateway_shows_one_message_per_id_and_keeps_its_books(books: Books) -> None:
    client, message_id = HttpSmsGateway(books.url), uuid4()
    assert await client.query(message_id) is SmsStatus.ABSENT
    assert await client.send(message_id, PHONE, "一") is SmsStatus.SENT
    with (books.folder / "raw.jsonl").open("a") as torn:
        torn.write('{"id": "cut off')
    reopened = sms.Recording(books.folder)
    assert reopened.query(str(message_id)) is SmsStatus.DELIVERED
    reopened.send({"id": str(message_id), "phone": PHONE, "text": "一"})
    assert len(reopened.raw()) == 2
    assert len(reopened.visible()) == 1
    with pytest.raises(SmsRefused):
        await HttpSmsGateway(books.url).send("no id", PHONE, "一")  # type: ignore[arg-type]


async def inbox(principal: Principal) -> list[UUID]:
    async with reading(principal.scope) as session:
        query = select(models.Message.id).where(visibility.visible(principal.scope))
        return list(await session.scalars(query))


async def test_an_inbox_is_its_owners_alone(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    async with unit_of_work(county.scope, "test") as session:
        owner = county.accounts["officer1"]
        await notify_accounts(session, county.number, [owner], Template.CLUE_ASSIGNED, TICKET)
    (message_id,) = await inbox(await county.principal("officer1"))
    for name in ("officer2", "clue_officer", "leader"):
        assert await inbox(await county.principal(name)) == []
    assert await inbox(await other_county.principal("officer1")) == []
    async with reading(county.scope) as session:
        nobodys = select(models.Message.id).where(visibility.visible(county.scope))
        assert list(await session.scalars(nobodys)) == []
    assert visibility.visible(Scope.public(county.number)).compare(
        visibility.visible(Scope.system(county.number))
    )
    for name in ("officer2", "clue_officer"):
        stranger = await county.principal(name)
        with pytest.raises(NotFound):
            async with unit_of_work(stranger.scope, "test") as session:
                await mark_read(session, stranger, message_id)
    assert await admin.fetchval("SELECT read_at FROM message") is None


async def test_reading_is_noted_once(county: County, admin: asyncpg.Connection) -> None:
    reader = await county.principal("officer1")
    async with unit_of_work(county.scope, "test") as session:
        await notify_accounts(
            session, county.number, [reader.account_id], Template.CLUE_ASSIGNED, TICKET
        )
    (message_id,) = await inbox(reader)
    times = []
    for _ in range(2):
        async with unit_of_work(reader.scope, "test") as session:
            times.append((await mark_read(session, reader, message_id)).read_at)
    assert times[0] is not None
    assert times[0] == times[1]


async def test_reading_takes_the_permission(county: County) -> None:
    reader = await county.principal("officer1")
    bare = Principal(**(vars(reader) | {"permissions": frozenset()}))
    with pytest.raises(Forbidden):
        async with unit_of_work(reader.scope, "test") as session:
            await mark_read(session, bare, uuid4())


def test_the_actor_keeps_its_name() -> None:
    assert ACTORS["notifications.deliver_sms"].handler is sending.deliver_sms
