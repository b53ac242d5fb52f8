"""The simulated bank's books: one journal on disk, from which balances and statements follow."""

import csv
import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from infra.clock import SHANGHAI
from infra.gateways.bank import BankState, BankStatus
from infra.money import Fen, yuan

CLEARING = "CLEARING"
"""The account on the other side of everything that enters or leaves this bank."""

HEADER = ("交易日期", "流水号", "金额", "借贷方向", "对方户名", "附言", "余额")
_DIRECTIONS = {True: "收入", False: "支出"}


class Clash(Exception):
    """An id came again with another content."""


@dataclass
class Order:
    """An instruction that was taken."""

    digest: str
    source: str
    target: str
    name: str
    amount_fen: int
    due: float
    status: BankStatus = field(default_factory=lambda: BankStatus(BankState.PENDING))


@dataclass(frozen=True)
class Entry:
    """One leg of a booking, as its account's statement shows it."""

    account: str
    day: str
    serial: str
    amount_fen: int
    """Positive: received. Negative: paid."""
    counterparty: str
    reference: str
    balance_fen: int


class Books:
    """Accounts, orders and entries; every change is a line that is on disk before its answer."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._now = now
        self._journal = folder / "journal.jsonl"
        self._statements = folder / "statements"
        self._lock = threading.RLock()
        self.balances: dict[str, int] = {CLEARING: 0}
        self.names: dict[str, str] = {CLEARING: "同业往来"}
        self.orders: dict[str, Order] = {}
        self.entries: list[Entry] = []
        _mend(self._journal)
        if self._journal.exists():
            for line in self._journal.read_text().split("\n")[:-1]:
                self._apply(json.loads(line))

    def open_account(self, account: str, name: str, balance_fen: int = 0) -> None:
        """Open an account with money from elsewhere; again changes nothing."""
        with self._lock:
            if account in self.balances:
                return
            self._write({"op": "open", "account": account, "name": name})
            if balance_fen:
                self.receive(account, balance_fen, "开户存入", "")

    def receive(self, account: str, amount_fen: int, counterparty: str, reference: str) -> str:
        """Book money that came from elsewhere; returns the serial number. Raises KeyError."""
        with self._lock:
            self.balances[account]
            line: dict[str, Any] = {"op": "receive", "account": account, "amount_fen": amount_fen}
            line |= {"counterparty": counterparty, "reference": reference}
            serial = self._serial()
            self._write(line | {"serial": serial})
            return serial

    def instruct(
        self, body: dict[str, Any], *, delay_s: float | None = None, code: str | None = None
    ) -> BankStatus:
        """Take an order and, unless delayed, execute it; an id that is known is only looked up.

        `code` refuses it. Raises Clash, and ValueError or KeyError for an order that is none.
        """
        order_id, amount_fen = str(UUID(body["id"])), body["amount_fen"]
        words = [str(body[key]) for key in ("from_account", "to_account", "to_name", "purpose")]
        if not isinstance(amount_fen, int) or amount_fen <= 0 or not all(words):
            raise ValueError("an order has two accounts, a name, a purpose and an amount in fen")
        digest = hashlib.sha256(json.dumps([*words, amount_fen]).encode()).hexdigest()
        with self._lock:
            known = self.orders.get(order_id)
            if known is not None and known.digest != digest:
                raise Clash(order_id)
            if known is None:
                source, target, name, _ = words
                line: dict[str, Any] = {
                    "op": "take",
                    "id": order_id,
                    "digest": digest,
                    "source": source,
                }
                line |= {"target": target, "name": name, "amount_fen": amount_fen}
                self._write(line | {"due": self._now() + (delay_s or 0.0)})
                if code is not None:
                    self._write({"op": "refuse", "id": order_id, "code": code})
            return self.query(order_id)

    def query(self, order_id: str) -> BankStatus:
        """What is known of an id; an order whose time has come is executed now."""
        with self._lock:
            order = self.orders.get(order_id)
            if order is None:
                return BankStatus(BankState.ABSENT)
            if order.status.state is BankState.PENDING and order.due <= self._now():
                self._execute(order_id, order)
            return order.status

    def _execute(self, order_id: str, order: Order) -> None:
        if order.source not in self.balances:
            self._write({"op": "refuse", "id": order_id, "code": "ACCOUNT_UNKNOWN"})
        elif self.balances[order.source] < order.amount_fen:
            self._write({"op": "refuse", "id": order_id, "code": "BALANCE_TOO_LOW"})
        else:
            self._write({"op": "pay", "id": order_id, "serial": self._serial()})

    def statement(self, account: str, day: str) -> str:
        """The day's statement as CSV, written to a file as well. Raises KeyError, ValueError."""
        # Both name the file, so neither may be anything else.
        datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=SHANGHAI)
        with self._lock:
            self.balances[account]
            written = io.StringIO()
            rows = csv.writer(written, lineterminator="\n")
            rows.writerow(HEADER)
            for entry in self._entries(account, day):
                amount, received = yuan(Fen(abs(entry.amount_fen))), entry.amount_fen > 0
                balance = yuan(Fen(entry.balance_fen))
                row = (entry.day, entry.serial, amount, _DIRECTIONS[received])
                rows.writerow((*row, entry.counterparty, entry.reference, balance))
            folder = self._statements / account
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{day}.csv").write_text(written.getvalue())
            return written.getvalue()

    def days(self) -> list[tuple[str, str]]:
        """Accounts and days that something was booked on."""
        found = {(e.account, e.day) for e in self.entries if e.account != CLEARING}
        return sorted(found)

    def _entries(self, account: str, day: str) -> Iterator[Entry]:
        return (e for e in self.entries if e.account == account and e.day == day)

    def _serial(self) -> str:
        return f"{self._today().replace('-', '')}{len(self.entries) // 2 + 1:010d}"

    def _today(self) -> str:
        return datetime.fromtimestamp(self._now(), SHANGHAI).date().isoformat()

    def _write(self, line: dict[str, Any]) -> None:
        line |= {"day": self._today()}
        with self._journal.open("a") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._apply(line)

    def _apply(self, line: dict[str, Any]) -> None:
        match line["op"]:
            case "open":
                self.balances[line["account"]] = 0
                self.names[line["account"]] = line["name"]
            case "receive":
                told = (line["counterparty"], line["reference"])
                self._book(line, CLEARING, line["account"], line["amount_fen"], *told)
            case "take":
                keys = ("digest", "source", "target", "name", "amount_fen", "due")
                self.orders[line["id"]] = Order(**{key: line[key] for key in keys})
            case "refuse":
                self.orders[line["id"]].status = BankStatus(BankState.REFUSED, code=line["code"])
            case "pay":
                order = self.orders[line["id"]]
                order.status = BankStatus(BankState.DONE, line["serial"])
                target = order.target if order.target in self.balances else CLEARING
                self._book(line, order.source, target, order.amount_fen, order.name, line["id"])

    def _book(
        self, line: dict[str, Any], source: str, target: str, fen: int, name: str, reference: str
    ) -> None:
        """Two legs that add up to nothing."""
        payer = self.names[source] if source != CLEARING else name
        for account, amount, other in ((source, -fen, name), (target, fen, payer)):
            self.balances[account] += amount
            balance = self.balances[account]
            made = (account, line["day"], line["serial"], amount, other, reference, balance)
            self.entries.append(Entry(*made))


def _mend(path: Path) -> None:
    """Cut off a last line that a crash left unfinished: its call was never answered."""
    if path.exists():
        written = path.read_bytes()
        os.truncate(path, written.rfind(b"\n") + 1)
