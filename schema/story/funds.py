"""Prepaid fees: paid into custody, released lesson by lesson, refunded, and watched."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from infra.clock import SHANGHAI
from schema.story.teller import Story, at_bank, once

_ACCOUNT = """{ custodyAccounts(first: 1) { nodes { id accountNo status bookBalance unconsumed
  institution { id name } alerts(first: 5) { nodes { level status bankBalance liability } } } } }"""
_CONTRACT = """query($id: ID!) { contract(id: $id) { status paid consumedHours left } }"""
_REFERENCE = "query($id: ID!) { contract(id: $id) { paymentReference } }"
_LESSON = """query($id: ID!) { lesson(id: $id) { status settledBy amount paidAt answerDueOn } }"""
_REFUND = """query($id: ID!) { refund(id: $id) {
  status settledBy amount executedAt answerDueOn } }"""


async def import_statement(story: Story) -> None:
    """The bank's statement of today, as its operator would send it."""
    number, today = story.known["custody"]["accountNo"], datetime.now(SHANGHAI).date()
    csv = (await at_bank(story.teller, "GET", f"/statements/{number}/{today}")).text
    await story.teller.do(
        story.tokens["fund_supervisor"],
        "statementImport",
        "",
        accountNo=number,
        csv=csv,
        dryRun=False,
    )


async def custody(story: Story) -> dict[str, Any]:
    """The custody account as its supervisor sees it."""
    found = await story.teller.ask(story.tokens["fund_supervisor"], _ACCOUNT)
    account: dict[str, Any] = found["custodyAccounts"]["nodes"][0]
    return account


async def paid_into_custody(story: Story) -> None:
    """合同签署，学费进托管户 — a contract is signed and paid into custody."""
    teller = story.teller
    account = story.known["custody"] = await custody(story)
    teller.tell("教委监督岗", "机构托管账户 its custody account", account)
    start = date.fromisoformat(story.known["today"])
    terms = {
        "institutionId": account["institution"]["id"],
        "guardianLogin": "guardian",
        "childRef": "G500118201501010011",
        "course": "硬笔书法",
        "category": "NON_SUBJECT_ARTS",
        "hours": 80,
        "unitPrice": "100.00",
        "total": "8000.00",
        "startOn": str(start),
        "endsOn": str(start + timedelta(days=120)),
    }
    draft = "contract { id status }"
    operator = story.tokens["operator"]
    query = f"""mutation($input: ContractDraftInput!) {{ contractDraft(input: $input) {{
      {draft} userErrors {{ code message }} }} }}"""
    refused = (await teller.ask(operator, query, input=terms))["contractDraft"]
    codes = {error["code"] for error in refused["userErrors"]}
    teller.must(len(codes) == 3, f"span, hours and amount must be refused: {codes}")
    teller.tell(
        "机构经办", "超期、超课时、超额，逐条说明 each limit is told", refused["userErrors"]
    )
    terms |= {"hours": 10, "total": "1000.00", "endsOn": str(start + timedelta(days=60))}
    contract = (await teller.do(operator, "contractDraft", draft, **terms))["contract"]
    story.known["contract"] = contract["id"]
    signed = await teller.do(
        story.tokens["guardian"],
        "contractSign",
        "contract { id status }",
        id=contract["id"],
        refundAccountNo="6217000000000009",
        refundName="家长",
    )
    teller.tell("家长", "签署合同 signs", signed["contract"])
    plain = (await teller.ask(story.tokens["guardian"], _REFERENCE, id=contract["id"]))["contract"]
    receipt = {
        "account": account["accountNo"],
        "amount_fen": 100_000,
        "counterparty": "家长",
        "reference": plain["paymentReference"],
    }
    await at_bank(teller, "POST", "/receipts", json=receipt)
    await import_statement(story)

    async def active() -> Any:
        now = (await teller.ask(story.tokens["guardian"], _CONTRACT, id=contract["id"]))["contract"]
        return now if now["status"] == "ACTIVE" else None

    teller.tell("银行", "对账单入账，合同生效 paid", await teller.until("the payment", active))


async def _request(story: Story, hours: int) -> str:
    asked = await story.teller.do(
        story.tokens["operator"],
        "lessonRequest",
        "lesson { id status answerDueOn }",
        contractId=story.known["contract"],
        hours=hours,
        taughtOn=story.known["today"],
        idempotencyKey=once(),
    )
    lesson: str = asked["lesson"]["id"]
    story.teller.tell("机构经办", f"申请消课 {hours} 课时 asks for hours", asked["lesson"])
    return lesson


async def lessons_and_refund(story: Story) -> None:
    """消课与退费 — one lesson confirmed and released, one left to silence, a refund asked for."""
    teller = story.teller
    confirmed = await _request(story, 2)
    await teller.do(
        story.tokens["guardian"],
        "lessonConfirm",
        "lesson { status }",
        id=confirmed,
        idempotencyKey=once(),
    )

    async def released() -> Any:
        found = await teller.ask(story.tokens["guardian"], _LESSON, id=confirmed)
        return found["lesson"] if found["lesson"]["paidAt"] else None

    teller.tell(
        "家长", "确认，划拨到机构 confirmed and released", await teller.until("it", released)
    )
    story.known["silent_lesson"] = await _request(story, 3)
    refund = await teller.do(
        story.tokens["guardian"],
        "refundRequest",
        "refund { id amount answerDueOn }",
        contractId=story.known["contract"],
        amount="200.00",
        reason="孩子转学",
        idempotencyKey=once(),
    )
    story.known["refund"] = refund["refund"]["id"]
    teller.tell("家长", "申请退费 asks for a refund", refund["refund"])


async def settled_by_silence(story: Story) -> None:
    """What silence settled: a lesson and a refund, each paid."""
    teller, guardian = story.teller, story.tokens["guardian"]

    async def refunded() -> Any:
        found = (await teller.ask(guardian, _REFUND, id=story.known["refund"]))["refund"]
        return found if found["executedAt"] else None

    done = await teller.until("the refund", refunded)
    teller.must(done["settledBy"] == "SILENCE", str(done))
    teller.tell("系统", "机构5个工作日未答复，视为同意，已退费 refunded by silence", done)

    async def released() -> Any:
        found = (await teller.ask(guardian, _LESSON, id=story.known["silent_lesson"]))["lesson"]
        return found if found["paidAt"] else None

    lesson = await teller.until("the lesson", released)
    teller.must(lesson["settledBy"] == "SILENCE", str(lesson))
    teller.tell("系统", "家长7个工作日未答复，视为确认，已划拨 released by silence", lesson)


async def below_the_liability(story: Story) -> None:
    """托管余额低于未消课金额，红色预警 — the bank has less than is owed: red."""
    teller = story.teller
    order = {
        "id": str(uuid4()),
        "from_account": story.known["custody"]["accountNo"],
        "to_account": "6217000000000099",
        "to_name": "他人",
        "amount_fen": 10_000,
        "purpose": "OTHER",
    }
    await at_bank(teller, "POST", "/instructions", json=order)
    await import_statement(story)

    async def red() -> Any:
        alerts = (await custody(story))["alerts"]["nodes"]
        return [alert for alert in alerts if alert["level"] == "RED"]

    teller.tell("系统", "资金被划走，红色预警 red", await teller.until("the alert", red))
