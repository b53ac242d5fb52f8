"""`wangge story`: money and clocks from a report to the province's figures, by the HTTP API."""

import httpx2 as httpx
from rich.console import Console

from schema.story import clocks, figures, funds, reports, rewards
from schema.story.teller import Story, StoryBroken, Teller

ACTS = (
    figures.before,
    reports.reported_and_concluded,
    reports.left_unanswered,
    rewards.approved_and_told,
    funds.paid_into_custody,
    funds.lessons_and_refund,
    rewards.claimed_by_two,
    clocks.silence_and_ladder,
    clocks.order_from_above,
    funds.below_the_liability,
    rewards.another_expires,
    figures.after,
)


async def play(url: str) -> int:
    """Play the story; 0 when every answer was as told, else 1. It moves the demo's clock on."""
    console = Console()
    async with httpx.AsyncClient(timeout=30) as client:
        teller = Teller(url, console, client)
        try:
            story = await Story.begin(teller)
            for act in ACTS:
                console.rule((act.__doc__ or "").splitlines()[0].rstrip("."))
                await act(story)
        except StoryBroken as broken:
            console.print(f"故事中断 the story broke: {broken}", markup=False)
            return 1
    console.print(f"故事完整 the story holds: {teller.step} steps")
    return 0
