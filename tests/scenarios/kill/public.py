"""The public before the web process: reports over HTTP, sent again until they are answered."""

import secrets
import time
from collections.abc import Sequence

import httpx2 as httpx

from infra.gateways import trust
from tests.scenarios.kill.stack import PATIENCE_S, PHONE, Stack

_REPORT = """mutation($input: ClueReportInput!) { clueReport(input: $input) {
  receipt { ticketNo secret } userErrors { field code message } } }"""

Receipt = tuple[str, str]


def new_keys(count: int) -> list[str]:
    """Idempotency keys as a frontend makes them."""
    return [secrets.token_urlsafe(24) for _ in range(count)]


def report(stack: Stack, key: str) -> Receipt:
    """One try of a report: ticket number and secret. Raises httpx.HTTPError when web is lost."""
    given = {
        "tenantCode": "pucheng",
        "idempotencyKey": key,
        "violationType": "UNLICENSED",
        "subjectName": "某培训中心",
        "facts": "周末在居民楼内给二十名学生上数学课。",
        "phone": PHONE.removeprefix("+86"),
    }
    answer = httpx.post(
        f"http://127.0.0.1:{stack.web_port}/graphql",
        json={"query": _REPORT, "variables": {"input": given}},
        timeout=20,
        verify=trust(),
    ).json()["data"]["clueReport"]
    assert answer["userErrors"] == []
    return answer["receipt"]["ticketNo"], answer["receipt"]["secret"]


def report_until_answered(stack: Stack, keys: Sequence[str]) -> list[Receipt]:
    """What a frontend does when the connection breaks: the same key again."""
    deadline = time.monotonic() + PATIENCE_S
    receipts: list[Receipt] = []
    while len(receipts) < len(keys):
        try:
            receipts.append(report(stack, keys[len(receipts)]))
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    return receipts
