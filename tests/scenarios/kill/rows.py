"""The rows of a deployment, freed of what differs between any two runs: to compare runs."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from infra.database.base import Kind
from tests.harness.cluster import TEMPLATE
from tests.scenarios.kill.stack import Stack
from tests.tenants.catalogue import declared_tables

Rows = Counter[tuple[str, str]]

UNLIKE = {
    "message_attempt": "after an unknown attempt there is another, as it should",
    "payment_attempt": "the same",
    "audit_head": "its number counts the links, of which every try has its own",
    "ledger_account": "each run adds to the same accounts; their sums by kind are compared",
    "serial": "each run goes on counting; the papers that were counted are compared",
    "event_counter": "made with the first event; the numbers themselves are looked at",
    "metric_delta": "when deltas are folded is chance; their sums are compared",
    "metric_total": "the same",
    "metric_block": "when totals are rolled up is chance",
}
"""Tables that two right runs may leave differently, and why."""

_QUERIES = {
    # The links of commands are compared; a try of an actor that was repeated has one more.
    "audit_link": "SELECT action, subjects FROM audit_link WHERE action NOT LIKE 'actor.%'",
}
_SUMS = """
SELECT metric, sum(numerator)::int AS numerator, sum(denominator)::int AS denominator
FROM (SELECT metric, numerator, denominator FROM metric_total
      UNION ALL SELECT metric, numerator, denominator FROM metric_delta) m GROUP BY metric
"""
_LEDGER = ("posted_debit_fen", "posted_credit_fen", "pending_debit_fen", "pending_credit_fen")
_RUNNING = {"seq", "attempts", "priority"}
_SERIALS = {
    "contract_payment": {"bank_serial"},
    "payment_instruction": {"bank_serial", "inquiries"},
    "reward_voucher": {"bank_serial", "number"},
}
"""Numbers that go on from run to run, or count how often somebody had to ask."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d[\d:.+Z-]*")


def rows(stack: Stack, words: Sequence[str] = ()) -> Rows:
    """Every row of every tenant; `words` (ticket numbers of this run) are masked as ids are."""

    async def look() -> Rows:
        found: Rows = Counter()
        async with stack.cluster.admin(TEMPLATE) as connection:
            queries = {
                name: f'SELECT * FROM "{name}"'
                for name, table in declared_tables().items()
                if table.info["kind"] is not Kind.REFERENCE and name not in UNLIKE
            }
            for name, query in (queries | _QUERIES).items():
                for row in await connection.fetch(query):
                    found[name, _plain(name, dict(row), words)] += 1
            for row in await connection.fetch(_SUMS):
                for part in ("numerator", "denominator"):
                    found["metric", f"{row['metric']} {part}"] += row[part]
            for row in await connection.fetch("SELECT * FROM ledger_account"):
                found["ledger_account", row["kind"]] += 1
                for part in _LEDGER:
                    found["ledger_account", f"{row['kind']} {part}"] += row[part]
        return found

    return asyncio.run(look())


def left_by(before: Rows, after: Rows) -> dict[tuple[str, str], int]:
    """What a run added (positive) and took away (negative)."""
    return {key: after[key] - before[key] for key in before | after if after[key] != before[key]}


def _plain(table: str, row: dict[str, Any], words: Sequence[str]) -> str:
    running = _RUNNING | _SERIALS.get(table, set())
    kept = {
        name: value
        for name, value in row.items()
        if name not in running and not isinstance(value, UUID | datetime | bytes)
    }
    if table == "audit_link":
        # Rows of one flush are noted in any order.
        kept["subjects"] = sorted(_UUID.sub("<id>", kept["subjects"]).split(","))
    text = _INSTANT.sub("<instant>", _UUID.sub("<id>", str(kept)))
    for word in words:
        text = text.replace(word, "<ticket>")
    return text
