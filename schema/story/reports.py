"""Reports: one found true with its consequence, one left unanswered."""

from typing import Any

from schema.story.teller import PLACE, Story, once

PHONES = {"first": "13800138000", "left": "13800138001", "unclaimed": "13800138002"}
_CLUE = """query($ticket: String!) {
  clues(first: 1, filter: {ticketNo: {eq: $ticket}}) { nodes {
    id ticketNo status ownerReason owner { id title } unit { name } receivedAt replyDueOn } } }"""
_INSTITUTIONS = """{ institutions(first: 100, filter: {category: {eq: NON_SUBJECT_SPORTS}}) {
  nodes { id name category } } }"""
_LISTED = """query($id: ID!) { institution(id: $id) { name
  listEntries(first: 5) { nodes { kind reason effectiveAt removedAt } }
  annualInspections(first: 1) { nodes { year result } } } }"""


async def report(story: Story, name: str, subject: str) -> dict[str, Any]:
    """A report without a token; the receipt."""
    given = {
        "tenantCode": PLACE,
        "idempotencyKey": once(),
        "violationType": "NON_SUBJECT_DOING_SUBJECT",
        "subjectName": subject,
        "facts": "周末在二楼教室开设数学班，约有二十名学生上课。",
        "placeCode": "500118-z01",
        "phone": PHONES[name],
    }
    payload = await story.teller.do(None, "clueReport", "receipt { ticketNo secret }", **given)
    receipt: dict[str, Any] = payload["receipt"]
    story.known[name] = receipt
    return receipt


async def clue_of(story: Story, name: str) -> dict[str, Any]:
    """The clue of a receipt as the clue desk sees it."""
    ticket = story.known[name]["ticketNo"]
    found = await story.teller.ask(story.tokens["clue_officer"], _CLUE, ticket=ticket)
    clue: dict[str, Any] = found["clues"]["nodes"][0]
    return clue


async def conclude(story: Story, name: str, institution: dict[str, Any]) -> None:
    """Triage, verification by the grid, a proposal, and the leader's signature."""
    teller, desk = story.teller, story.tokens["clue_officer"]
    clue = await clue_of(story, name)
    teller.tell("线索专人", "按地点分派到网格 routed to its grid", clue)
    await teller.do(desk, "clueAccept", "clue { status }", id=clue["id"])
    post = clue["owner"]["id"]
    assigned = await teller.do(
        desk, "clueAssign", "clue { status owner { title } }", id=clue["id"], postId=post
    )
    teller.tell("线索专人", "受理并交网格员核查 accepted, being verified", assigned["clue"])
    proposed = await teller.do(
        desk,
        "clueConclusionPropose",
        "clue { conclusions(first: 5) { nodes { id status } } }",
        id=clue["id"],
        outcome="SUBSTANTIATED",
        conduct="NON_SUBJECT_DOING_SUBJECT",
        institutionId=institution["id"],
        text="现场核查：非学科类机构周末开设数学班。",
    )
    waiting = next(c for c in proposed["clue"]["conclusions"]["nodes"] if c["status"] == "PROPOSED")
    signed = await teller.do(
        story.tokens["leader"], "clueConclude", "clue { status }", conclusionId=waiting["id"]
    )
    teller.tell("分管领导", "签批查实 signs: substantiated", signed["clue"])


async def reported_and_concluded(story: Story) -> None:
    """举报查实，同一笔提交列入黑名单 — found true, black-listed in the same commit."""
    teller = story.teller
    receipt = await report(story, "first", "某体育培训中心")
    teller.tell("群众（无令牌）", "举报 reports without a token", receipt)
    story.known["today"] = (await clue_of(story, "first"))["receivedAt"][:10]
    leader = story.tokens["leader"]
    found = (await teller.ask(leader, _INSTITUTIONS))["institutions"]["nodes"]
    clean = []
    for one in found:
        listed = (await teller.ask(leader, _LISTED, id=one["id"]))["institution"]
        if not listed["listEntries"]["nodes"]:
            clean.append(one)
        if len(clean) == 2:
            break
    teller.must(len(clean) == 2, "two institutions that no list knows; load the demo anew")
    story.known["institution"], story.known["second_institution"] = clean
    await conclude(story, "first", clean[0])
    now = (await teller.ask(leader, _LISTED, id=clean[0]["id"]))["institution"]
    entry = now["listEntries"]["nodes"][0]
    teller.must(entry["kind"] == "BLACK" and entry["removedAt"] is None, str(now))
    inspected = now["annualInspections"]["nodes"][0]["result"]
    teller.must(inspected == "UNQUALIFIED", str(now))
    teller.tell("系统", "列入黑名单、年检不合格 black-listed, inspection unqualified", now)


async def left_unanswered(story: Story) -> None:
    """另两条线索 — two more reports: one is left alone, one is found true too."""
    await report(story, "left", "某培训机构")
    story.teller.tell("群众（无令牌）", "第二条举报无人处理 left alone", story.known["left"])
    await report(story, "unclaimed", "某体育培训部")
    await conclude(story, "unclaimed", story.known["second_institution"])
