"""The province's figures before and after, and what another county saw: nothing."""

from typing import Any

from schema.story.reports import clue_of
from schema.story.teller import PLACE, Story

_FIGURES = """{ tenants(first: 100) { nodes { publicCode
  cluesReceived { value } cluesSubstantiated { numerator denominator }
  rewardsPaid { numerator denominator value } rewardsAmount { value }
  deadlinesMissed { numerator denominator } fundsBalance { value } fundsUnconsumed { value }
  fundsAlertsRed { value } } } }"""
_NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"


async def _figures(story: Story) -> dict[str, Any]:
    found = await story.teller.ask(story.province, _FIGURES)
    own: dict[str, Any] = next(
        node for node in found["tenants"]["nodes"] if node["publicCode"] == PLACE
    )
    return own


async def before(story: Story) -> None:
    """故事之前的全省数据 — the province's figures before."""
    story.known["before"] = await _figures(story)
    story.teller.tell("省级监管岗", "永川区数据 the place's figures", story.known["before"])


async def after(story: Story) -> None:
    """故事之后的全省数据，外县一无所见 — the figures moved; another county saw nothing."""
    teller, was = story.teller, story.known["before"]

    async def moved() -> Any:
        now = await _figures(story)
        paid = now["rewardsPaid"]["numerator"] == was["rewardsPaid"]["numerator"] + 1
        red = now["fundsAlertsRed"]["value"] == was["fundsAlertsRed"]["value"] + 1
        received = now["cluesReceived"]["value"] == was["cluesReceived"]["value"] + 3
        return now if paid and red and received else None

    teller.tell("省级监管岗", "数据已变化 the figures moved", await teller.until("them", moved))
    ids = [
        (await clue_of(story, "first"))["id"],
        story.known["first_reward"],
        story.known["custody"]["id"],
        story.known["contract"],
    ]
    for who, token in (("蒲城县线索专人", story.elsewhere), ("省级监管岗", story.province)):
        answer = await teller.answer(token, _NODES, ids=ids)
        seen = [node is not None for node in (answer["data"]["nodes"] or [])]
        if who == "蒲城县线索专人":
            teller.must(not any(seen), f"another county must see nothing: {answer}")
            teller.tell(who, "什么也看不到 sees nothing", answer["data"])
        else:
            teller.must(not seen[3], "a supervisor must not see a child's contract")
            teller.tell(who, "看不到未成年人合同 sees no contract of a minor", seen)
