"""The clock moves: silence has its consequences, a ladder is climbed, an order comes from above."""

from datetime import datetime, timedelta
from typing import Any

from infra.database.migrate import shift_clock
from schema.story.funds import settled_by_silence
from schema.story.reports import clue_of
from schema.story.teller import Story, once

_REPLIES = """{ deadlines(first: 100, filter: {rule: {eq: "clue.reply"}}) { nodes {
  id subject { id } } } }"""
_LADDER = """query($id: ID!) { deadline(id: $id) { nextStepAt
  steps(first: 10) { nodes { rung isLate told { title } } } } }"""
_PAPERS = """{ oversightDocuments(first: 50) { nodes {
  id status version targetName documentNumber demand basisRule } } }"""


async def silence_and_ladder(story: Story) -> None:
    """时钟前进：逐级提醒，一步一次 — the ladder is climbed step by step, each once."""
    teller = story.teller
    clue = await clue_of(story, "left")

    replies = (await teller.ask(story.tokens["leader"], _REPLIES))["deadlines"]["nodes"]
    own = next(d["id"] for d in replies if (d["subject"] or {}).get("id") == clue["id"])

    async def ladder() -> dict[str, Any]:
        found = await teller.ask(story.tokens["leader"], _LADDER, id=own)
        deadline: dict[str, Any] = found["deadline"]
        return deadline

    papers = (await teller.ask(story.province, _PAPERS))["oversightDocuments"]["nodes"]
    story.known["papers"] = {paper["id"] for paper in papers}
    climbed: list[str] = []
    while (waiting := await ladder())["nextStepAt"] is not None:
        await _pass_until(waiting["nextStepAt"])

        async def taken(known: int = len(climbed)) -> list[dict[str, Any]] | None:
            steps: list[dict[str, Any]] = (await ladder())["steps"]["nodes"]
            return steps if len(steps) > known else None

        steps = await teller.until("the next step", taken)
        climbed = [step["rung"] for step in steps]
        teller.tell("时钟", "前进到下一步 the next step", steps[-1])
    teller.must(climbed == ["REMIND", "DUE", "ABOVE", "LEADER", "DRAFT"], f"the ladder: {climbed}")
    await settled_by_silence(story)


async def _pass_until(moment: str) -> None:
    """Move the clock just beyond a moment of the deployment's own time."""
    there = await shift_clock(timedelta())
    await shift_clock(datetime.fromisoformat(moment) - there + timedelta(seconds=1))


async def order_from_above(story: Story) -> None:
    """督办单：工作人员签发 — drafted by the worker, signed by a person, answered by the county."""
    teller, province, leader = story.teller, story.province, story.tokens["leader"]
    before = story.known["papers"]

    async def drafted() -> Any:
        papers = (await teller.ask(province, _PAPERS))["oversightDocuments"]["nodes"]
        return [p for p in papers if p["basisRule"] == "clue.reply" and p["id"] not in before]

    drafts = await teller.until("the draft", drafted)
    teller.must(len(drafts) == 1, f"one draft expected: {drafts}")
    teller.tell("省级监管岗", "看到督办单草稿 a draft waits", drafts[0])
    shows = "document { id status version documentNumber }"
    signed = await teller.do(
        province,
        "oversightDocumentSign",
        shows,
        id=drafts[0]["id"],
        expectedVersion=drafts[0]["version"],
        idempotencyKey=once(),
    )
    teller.tell("省级监管岗", "签发 signs", signed["document"])

    async def received() -> Any:
        papers = (await teller.ask(leader, _PAPERS))["oversightDocuments"]["nodes"]
        return next((p for p in papers if p["status"] == "ISSUED"), None)

    paper = await teller.until("the order", received)
    given = {"id": paper["id"], "expectedVersion": paper["version"]}
    answered = await teller.do(
        leader,
        "oversightDocumentAnswer",
        shows,
        **given,
        answer="已受理该线索，将按期书面答复举报人。",
    )
    teller.tell("分管领导", "收到并答复 answers", answered["document"])
