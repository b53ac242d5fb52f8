"""`wangge story`: one report's way through the product, told by the HTTP API alone."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2 as httpx
from rich.console import Console

from infra.settings import settings
from tenants.auth.demo import token_of

PHONE = "13800138000"
_PATIENCE_S = 20.0


class StoryBroken(Exception):
    """The product answered otherwise than the story goes."""


@dataclass
class Teller:
    """Asks and prints; stops where an answer is not as told."""

    url: str
    console: Console
    client: httpx.AsyncClient
    step: int = 0

    async def ask(self, who: str, token: str | None, query: str, **variables: Any) -> Any:
        """The answer's data; request errors break the story."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self.client.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        body = answer.json()
        if "errors" in body:
            raise StoryBroken(f"{who}: {body['errors']}")
        return body["data"]

    def tell(self, who: str, what: str, answer: object) -> None:
        """Print one step."""
        self.step += 1
        self.console.print(f"[bold]{self.step:>2}[/bold] {who}：{what}")
        self.console.print(f"   → {answer}", markup=False, highlight=False)

    def must(self, held: bool, what: str) -> None:
        """Break the story unless a statement holds."""
        if not held:
            raise StoryBroken(what)


_REPORT = """mutation($input: ClueReportInput!) { clueReport(input: $input) {
  receipt { ticketNo secret } userErrors { field code message } } }"""
_CLUES = """{ clues(first: 100) { totalCount nodes {
  id ticketNo status facts ownerReason owner { title } unit { name } replyDueOn } } }"""
_ACCEPT = """mutation($id: ID!) { clueAccept(input: {id: $id}) {
  clue { status version } userErrors { code message } } }"""
_REPLY = """mutation($input: ClueReplyInput!) { clueReply(input: $input) {
  clue { status repliedAt } userErrors { code message } } }"""
_FOLLOW = """query($tenant: String!, $ticket: String!, $secret: String!) {
  clueFollow(tenantCode: $tenant, ticketNo: $ticket, secret: $secret) {
  status replyText repliedAt } }"""
_TENANTS = """{ tenants(first: 100) { nodes { name publicCode
  cluesReceived { value asOf } institutionsActive { value } } } }"""
_NODE = """query($id: ID!) { clue(id: $id) { ticketNo } node(id: $id) { id } }"""


async def _received(teller: Teller, province: str) -> int:
    data = await teller.ask("省级", province, _TENANTS)
    county = next(n for n in data["tenants"]["nodes"] if n["publicCode"] == "pucheng")
    return int(county["cluesReceived"]["value"])


async def play(url: str) -> int:
    """Play the story; 0 when every answer was as told, else 1."""
    console = Console()
    async with httpx.AsyncClient(timeout=20) as client:
        teller = Teller(url, console, client)
        try:
            await _play(teller)
        except StoryBroken as broken:
            console.print(f"故事中断 the story broke: {broken}", markup=False)
            return 1
    console.print(f"故事完整 the story holds: {teller.step} steps")
    return 0


async def _play(teller: Teller) -> None:
    officer = await token_of("pucheng/clue_officer")
    grid = await token_of("pucheng/sunzhen-1")
    other_grid = await token_of("pucheng/hanjing-1")
    other_county = await token_of("yongchuan/clue_officer")
    province = await token_of("shaanxi/supervisor")

    before = await _received(teller, province)
    teller.tell("省级监管岗", "先看蒲城县已收线索数 the province counts", before)

    report = {
        "tenantCode": "pucheng",
        "idempotencyKey": secrets.token_urlsafe(24),
        "violationType": "NON_SUBJECT_DOING_SUBJECT",
        "subjectName": "某艺术培训中心",
        "facts": "周末在二楼教室开设数学班，约有二十名学生上课。",
        "placeCode": "610526102",
        "placeText": "孙镇街道二楼",
        "phone": PHONE,
    }
    data = (await teller.ask("群众", None, _REPORT, input=report))["clueReport"]
    teller.must(not data["userErrors"], str(data["userErrors"]))
    receipt = data["receipt"]
    teller.tell("群众（无令牌）", "举报 reports without a token", receipt)
    again = (await teller.ask("群众", None, _REPORT, input=report))["clueReport"]["receipt"]
    teller.must(again == receipt, "the same report again must give the same receipt")
    teller.tell("群众（无令牌）", "网络中断后重发，回执不变 sent again, the same receipt", again)

    ticket = receipt["ticketNo"]
    clues = (await teller.ask("网格员", grid, _CLUES))["clues"]["nodes"]
    mine = next((clue for clue in clues if clue["ticketNo"] == ticket), None)
    teller.must(mine is not None, "the grid of the place must see the clue")
    assert mine is not None  # noqa: S101 - said above, for the type checker
    teller.tell("孙镇片区网格员", "看到本网格的线索 sees it in the own grid", mine)

    for who, token in (("罕井片区网格员", other_grid), ("永川区线索专人", other_county)):
        seen = (await teller.ask(who, token, _CLUES))["clues"]["nodes"]
        by_id = await teller.ask(who, token, _NODE, id=mine["id"])
        hidden = by_id == {"clue": None, "node": None}
        hidden = hidden and all(clue["ticketNo"] != ticket for clue in seen)
        teller.must(hidden, f"{who} must not see the clue")
        teller.tell(who, "列表和编号都查不到 sees nothing, by list or by id", by_id)

    accepted = (await teller.ask("线索专人", officer, _ACCEPT, id=mine["id"]))["clueAccept"]
    teller.must(accepted["clue"]["status"] == "ACCEPTED", str(accepted))
    teller.tell("线索专人", "受理 accepts", accepted["clue"])
    text = "经核查属实，已责令停止违规培训。"
    reply = {"id": mine["id"], "text": text, "channel": "SMS", "idempotencyKey": str(uuid4())}
    replied = (await teller.ask("线索专人", officer, _REPLY, input=reply))["clueReply"]
    teller.must(bool(replied["clue"]), str(replied["userErrors"]))
    again = (await teller.ask("线索专人", officer, _REPLY, input=reply))["clueReply"]
    teller.must(again == replied, "the same answer sent again must not be sent twice")
    teller.tell("线索专人", "以短信答复 answers by SMS", replied["clue"])

    messages = await _sms(teller, ticket, 2)
    teller.tell("短信网关", "收到两条短信，各一次 two SMS, each once", messages)
    progress = (
        await teller.ask(
            "群众", None, _FOLLOW, tenant="pucheng", ticket=ticket, secret=receipt["secret"]
        )
    )["clueFollow"]
    teller.must(progress["replyText"] == text, "the receipt must show the answer")
    teller.tell("群众（凭回执）", "查看答复 follows by receipt", progress)

    after = await _received(teller, province)
    teller.must(after == before + 1, f"the province's count must rise by one: {before} → {after}")
    teller.tell("省级监管岗", "蒲城县线索数加一 the count rose by one", f"{before} → {after}")


async def _sms(teller: Teller, ticket: str, count: int) -> list[str]:
    """The recorded messages about a ticket, waited for."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        answer = await teller.client.get(f"{settings().sms_url}/messages")
        texts = [m["text"] for m in answer.json()["messages"] if ticket in m["text"]]
        if len(texts) >= count or time.monotonic() > deadline:
            teller.must(len(texts) == count, f"{count} SMS expected, {len(texts)} seen")
            return texts
        await asyncio.sleep(0.2)
