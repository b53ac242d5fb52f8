"""Rewards: proposed, approved by another, told with proof, claimed by two, or expired."""

from datetime import timedelta
from typing import Any

from infra.database.migrate import shift_clock
from infra.settings import settings
from schema.story.reports import clue_of
from schema.story.teller import Story, once

_REWARD = """query($id: ID!) { reward(id: $id) {
  id status version amount noticeProof claimDueOn voucherNo refusals } }"""
_ACCOUNTS = """{ ledgerAccounts(first: 100) { nodes { code kind available } } }"""
_SHOWS = "reward { id status version amount }"


async def reward_now(story: Story, name: str) -> dict[str, Any]:
    """A reward as it is now."""
    found = await story.teller.ask(
        story.tokens["finance"], _REWARD, id=story.known[f"{name}_reward"]
    )
    reward: dict[str, Any] = found["reward"]
    return reward


async def _approve(story: Story, name: str, amount: str) -> None:
    teller, proposer = story.teller, story.tokens["county_officer"]
    clue = await clue_of(story, name)
    proposed = await teller.do(
        proposer,
        "rewardPropose",
        _SHOWS,
        clueId=clue["id"],
        amount=amount,
        grounds="线索具体，查证属实。",
        idempotencyKey=once(),
    )
    reward = proposed["reward"]
    story.known[f"{name}_reward"] = reward["id"]
    teller.tell("监管科干事", f"提出奖励 {amount} 元 proposes", reward)
    ask = {"id": reward["id"], "expectedVersion": reward["version"]}
    if name == "first":
        refused = await teller.do(
            proposer, "rewardApprove", _SHOWS, "SAME_PERSON", **ask, idempotencyKey=once()
        )
        teller.tell("监管科干事", "不能自批 may not approve it too", refused["userErrors"])
    approved = await teller.do(
        story.tokens["leader"], "rewardApprove", _SHOWS, **ask, idempotencyKey=once()
    )
    teller.tell("分管领导", "批准，预算冻结 approves; the budget is held", approved["reward"])

    async def told() -> Any:
        reward = await reward_now(story, name)
        return reward if reward["status"] == "NOTIFIED" else None

    noticed = await teller.until("the delivery report", told)
    teller.tell("系统", "短信送达，领取期开始 delivered, the window runs", noticed)


async def approved_and_told(story: Story) -> None:
    """奖励审批与通知 — approved by another person, told with proof, and answered in time."""
    for name, amount in (("first", "1000.00"), ("unclaimed", "300.00")):
        await _approve(story, name, amount)
        answered = await story.teller.do(
            story.tokens["clue_officer"],
            "clueReply",
            "clue { status repliedAt }",
            id=(await clue_of(story, name))["id"],
            text="经核查属实，已依规处理；奖励已获批准。",
            channel="SMS",
            idempotencyKey=once(),
        )
        story.teller.tell("线索专人", "十日内答复举报人 answers in time", answered["clue"])
    answer = await story.teller.client.get(f"{settings().sms_url}/messages")
    ticket = story.known["first"]["ticketNo"]
    texts = [m["text"] for m in answer.json()["messages"] if ticket in m["text"]]
    notice = [text for text in texts if "奖励" in text]
    story.teller.must(len(notice) == 1, f"one notice expected: {texts}")
    story.teller.must("1000" not in notice[0], "the notice must not name the amount")
    story.teller.tell("举报人手机", "收到通知，不含金额和对象 the notice", notice[0])


async def claimed_by_two(story: Story) -> None:
    """现场认证，两人发放，只付一次 — verified on site, paid by two, once."""
    teller, receipt = story.teller, story.known["first"]
    reward = await reward_now(story, "first")
    shown = {
        "id": reward["id"],
        "payeeName": "举报人",
        "identityNo": "11010519491231002X",
        "payeeAccountNo": "6217000000000000",
        "ticketNo": receipt["ticketNo"],
        "secret": receipt["secret"],
    }
    verified = await teller.do(
        story.tokens["finance"],
        "rewardVerify",
        _SHOWS,
        **shown,
        expectedVersion=reward["version"],
    )
    teller.tell("财务发奖岗", "核对回执和身份证 checks receipt and card", verified["reward"])
    pay = {"id": reward["id"], "expectedVersion": verified["reward"]["version"]}
    alone = await teller.do(
        story.tokens["finance"], "rewardPay", _SHOWS, "SAME_PERSON", **pay, idempotencyKey=once()
    )
    teller.tell("财务发奖岗", "一人不能发放 one officer alone may not pay", alone["userErrors"])
    paid = await teller.do(
        story.tokens["second_officer"], "rewardPay", _SHOWS, **pay, idempotencyKey=once()
    )
    teller.tell("第二经办人", "复核发放 pays", paid["reward"])

    async def settled() -> Any:
        reward = await reward_now(story, "first")
        return reward if reward["status"] == "PAID" else None

    done = await teller.until("the bank", settled)
    teller.tell("银行", "已支付，凭证编号 paid, with a voucher", done)
    again = {**shown, "expectedVersion": done["version"]}
    refused = await teller.do(
        story.tokens["finance"], "rewardVerify", _SHOWS, "ALREADY_PAID", **again
    )
    teller.tell("财务发奖岗", "再次领取被拒 a second claim is refused", refused["userErrors"])


async def another_expires(story: Story) -> None:
    """另一笔逾期未领，冻结退回预算 — another expires and its hold returns."""
    teller = story.teller
    before = await _budget(story)
    reward = await reward_now(story, "unclaimed")
    teller.must(reward["status"] == "NOTIFIED", str(reward))
    await shift_clock(timedelta(days=25))

    async def expired() -> Any:
        reward = await reward_now(story, "unclaimed")
        return reward if reward["status"] == "EXPIRED" else None

    teller.tell("系统", "逾期未领 expired", await teller.until("the expiry", expired))
    after = await _budget(story)
    teller.must(after != before, f"the hold must return to the budget: {before} → {after}")
    teller.tell("财务发奖岗", "冻结退回预算 the hold returned", f"{before} → {after}")


async def _budget(story: Story) -> dict[str, str]:
    found = await story.teller.ask(story.tokens["finance"], _ACCOUNTS)
    return {
        account["code"]: account["available"]
        for account in found["ledgerAccounts"]["nodes"]
        if account["kind"] == "BUDGET"
    }
