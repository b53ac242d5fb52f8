"""Pure rules of problems: which step follows which (SM-3), and what a notice must state."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from infra.errors import Fault
from infra.text import text_fault
from services.problems.errors import ProblemErrorCode
from services.problems.models import ProblemSource, ProblemStatus

RECTIFIED_IN = frozenset({ProblemStatus.RECTIFYING, ProblemStatus.OVERDUE})
"""States in which a rectification is owed; what passed its deadline is owed still."""

NOTIFIED_IN = frozenset({ProblemStatus.CONFIRMED, *RECTIFIED_IN})
"""States in which those concerned are told (S2-7: between rectification and re-check)."""

MAX_FILES = 20


def step_fault(status: ProblemStatus, allowed: Collection[ProblemStatus]) -> Fault | None:
    """Whether a step may be taken from a state."""
    if status in allowed:
        return None
    names = "、".join(sorted(allowed))
    return Fault(
        ProblemErrorCode.WRONG_STATE,
        f"当前状态为 {status}，此操作只适用于 {names}",
        f"The problem is {status}; this step is for {names}",
        ("id",),
    )


def found_faults(
    source: ProblemSource, facts: str, subject_name: str | None, place_text: str | None
) -> list[Fault]:
    """What is wrong with a finding's source and texts."""
    faults = [text_fault("facts", facts, 5, 2_000, "问题事实", "The facts")]
    if subject_name is not None:
        faults.append(text_fault("subjectName", subject_name, 2, 100, "对象", "The subject"))
    if place_text is not None:
        faults.append(text_fault("placeText", place_text, 2, 200, "地点", "The place"))
    if source is ProblemSource.CLUE:
        faults.append(
            Fault(
                ProblemErrorCode.SOURCE_UNFIT,
                "线索核查出的问题由线索结论生成，不在此登记",
                "A clue's problem is opened by its signed conclusion",
                ("source",),
            )
        )
    return [fault for fault in faults if fault]


def notice_faults(
    goal: str | None, due_on: date | None, measures: str | None, today: date, most_days: int
) -> list[Fault]:
    """What a notice lacks or states wrongly (S4-6 目标、时限、措施), all at once."""
    faults: list[Fault | None] = []
    if goal is None or not goal.strip():
        faults.append(_lacking(ProblemErrorCode.GOAL_MISSING, "整改目标", "goal", "goal"))
    else:
        faults.append(text_fault("goal", goal, 2, 500, "整改目标", "The goal"))
    if due_on is None:
        faults.append(_lacking(ProblemErrorCode.DUE_MISSING, "整改时限", "last day", "dueOn"))
    elif not today < due_on <= today + timedelta(days=most_days):
        last = today + timedelta(days=most_days)
        faults.append(
            Fault(
                ProblemErrorCode.DUE_OUT_OF_RANGE,
                f"整改时限应在明日至 {last} 之间",
                f"The last day lies between tomorrow and {last}",
                ("dueOn",),
            )
        )
    if measures is None or not measures.strip():
        faults.append(
            _lacking(ProblemErrorCode.MEASURES_MISSING, "整改措施", "measures", "measures")
        )
    else:
        faults.append(text_fault("measures", measures, 2, 1_000, "整改措施", "The measures"))
    return [fault for fault in faults if fault]


def evidence_faults(note: str, file_count: int) -> list[Fault]:
    """What is wrong with evidence: a note of 2 to 500 characters, 1 to 20 files (S4-8)."""
    faults = [text_fault("note", note, 2, 500, "整改说明", "The note")]
    if not 1 <= file_count <= MAX_FILES:
        faults.append(
            Fault(
                ProblemErrorCode.EVIDENCE_MISSING,
                f"请上传 1 至 {MAX_FILES} 份佐证材料（照片或文件）",
                f"Give 1 to {MAX_FILES} files as evidence",
                ("evidenceFileIds",),
            )
        )
    return [fault for fault in faults if fault]


def hand_fault(asker: UUID, finder: UUID, submitters: Collection[UUID]) -> Fault | None:
    """Whoever found it or sent the evidence does not re-check it (domain §6)."""
    if asker != finder and asker not in submitters:
        return None
    return Fault(
        ProblemErrorCode.SAME_HAND,
        "发现人和提交佐证的人不得复核，请由另一人复核",
        "Neither the finder nor who sent the evidence re-checks it; let somebody else",
        ("id",),
    )


def _lacking(code: ProblemErrorCode, zh: str, en: str, field: str) -> Fault:
    return Fault(code, f"限期整改须写明{zh}", f"A notice states its {en}", (field,))
