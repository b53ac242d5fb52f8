"""Asking and printing; a story stops where an answer is not as told."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from rich.console import Console

from infra.settings import settings
from tenants.auth.demo import token_of

PLACE = "yongchuan"
PATIENCE_S = 60.0
ROLES = (
    "clue_officer", "county_officer", "leader", "finance", "second_officer",
    "fund_supervisor", "operator", "guardian",
)  # fmt: skip


class StoryBroken(Exception):
    """The product answered otherwise than the story goes."""


@dataclass
class Teller:
    """One client of the API."""

    url: str
    console: Console
    client: httpx.AsyncClient
    step: int = 0

    async def ask(self, token: str | None, query: str, **variables: Any) -> Any:
        """The answer's data; request errors break the story."""
        body = await self.answer(token, query, **variables)
        if "errors" in body:
            raise StoryBroken(str(body["errors"]))
        return body["data"]

    async def answer(self, token: str | None, query: str, **variables: Any) -> Any:
        """The whole answer; waits where the client's allowance ran dry."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = {"query": query, "variables": variables}
        while True:
            answer = await self.client.post(f"{self.url}/graphql", json=request, headers=headers)
            if answer.status_code != 429:
                return answer.json()
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))

    async def do(
        self, token: str | None, mutation: str, shows: str, refused: str | None = None, **given: Any
    ) -> Any:
        """A mutation's payload; it must be taken, or be `refused` with that code."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = (
            f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {shows}"
            " userErrors { field code message } } }"
        )
        payload = (await self.ask(token, query, input=given))[mutation]
        codes = [error["code"] for error in payload["userErrors"]]
        if (refused not in codes) if refused else codes:
            raise StoryBroken(f"{mutation}: {payload['userErrors'] or 'was taken'}")
        return payload

    def tell(self, who: str, what: str, answer: object) -> None:
        """Print one step."""
        self.step += 1
        self.console.print(f"[bold]{self.step:>2}[/bold] {who}：{what}")
        self.console.print(f"   → {answer}", markup=False, highlight=False)

    def must(self, held: bool, what: str) -> None:
        """Break the story unless a statement holds."""
        if not held:
            raise StoryBroken(what)

    async def until(self, what: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """Look again until there is something to see: the workers take their time."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = await look()
            if found:
                return found
            self.must(time.monotonic() < deadline, f"waited in vain for {what}")
            await asyncio.sleep(0.2)


@dataclass
class Story:
    """Who plays, and what later acts need of earlier ones."""

    teller: Teller
    tokens: dict[str, str]
    province: str
    elsewhere: str
    known: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def begin(cls, teller: Teller) -> "Story":
        """Tokens of everybody; the reporter has none."""
        tokens = {role: await token_of(f"{PLACE}/{role}") for role in ROLES}
        return cls(
            teller,
            tokens,
            await token_of("chongqing/supervisor"),
            await token_of("pucheng/clue_officer"),
        )


def once() -> str:
    """A new idempotency key."""
    return secrets.token_urlsafe(24)


async def at_bank(teller: Teller, method: str, path: str, **options: Any) -> httpx.Response:
    """The simulated bank's own door, where people pay."""
    answer = await teller.client.request(method, f"{settings().bank_url}{path}", **options)
    answer.raise_for_status()
    return answer
