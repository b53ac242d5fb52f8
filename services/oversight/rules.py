"""Rules of papers of oversight: which step follows which, what a draft says."""

from collections.abc import Collection
from datetime import date

from infra.errors import Fault
from services.oversight.errors import OversightErrorCode
from services.oversight.models import OversightStatus


def step_fault(status: OversightStatus, allowed: Collection[OversightStatus]) -> Fault | None:
    """Whether a step may be taken from a state (SM-14)."""
    if status in allowed:
        return None
    names = "、".join(sorted(allowed))
    return Fault(
        OversightErrorCode.WRONG_STATE,
        f"当前状态为 {status}，此操作只适用于 {names}",
        f"The paper is {status}; this step is for {names}",
        ("id",),
    )


def demand(target: str, task: str, due_on: date, days: int) -> str:
    """What a drafted supervision order demands; no person and no subject is named in it."""
    return (
        f"{target}：你单位“{task}”事项已于{due_on:%Y年%-m月%-d日}到期，经逐级提醒仍未办结。"
        f"请自收到本督办单之日起{days}个工作日内办结，并书面答复办理情况。"
    )
