"""Problems, lists and a conclusion in the world of the generic tests; inputs for their steps."""

import secrets
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from infra.ids import encode_id
from services.clues.conclusions import (
    AssignClue,
    ProposeConclusion,
    assign_clue,
    propose_conclusion,
)
from services.clues.models import ClueOutcome
from services.clues.queries import live_conclusion
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import ListKind, ListReason
from services.institutions.publications import DraftPublication, draft_publication
from services.problems.models import ProblemSource, ViolationType
from services.problems.rectification import (
    IssueNotice,
    SubmitEvidence,
    issue_notice,
    submit_evidence,
)
from services.problems.service import (
    ConfirmProblem,
    FindProblem,
    confirm_problem,
    find_problem,
)
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.services.files.uploads import staged


def problem_inputs(ids: dict[str, str]) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Who may take each step, and an input that it would take."""
    desk, officer = "clue_officer", "county_officer"
    evidence = {"note": "已现场整改完毕", "evidenceFileIds": [ids["StagedFile"]]}
    return {
            "institutionLicenceRecord": (
                officer,
                {"id": ids["Institution"], "expectedVersion": 1, "licenceNo": "教民161052670000019",
                 "licensedUntil": "2099-12-31"},
            ),
            "institutionAnnualInspectionRecord": (
                officer,
                {"id": ids["Institution"], "year": 2024, "result": "QUALIFIED",
                 "document": "年检公告第3号"},
            ),
            "listEntryAdd": (
                "leader",
                {"institutionId": ids["Institution2"], "kind": "WHITE",
                 "reason": "COMPLIANT", "document": "局长办公会纪要"},
            ),
            "listEntryRemove": (
                "leader",
                {"id": ids["ListEntry"], "reason": "整改到位，经集体研究"},
            ),
            "listPublicationDraft": (officer, {"idempotencyKey": secrets.token_urlsafe(24)}),
            "listPublicationSign": (
                "leader",
                {"id": ids["ListPublication"],
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemFind": (
                "officer1",
                {"source": "PATROL", "violationType": "FIRE_SAFETY", "facts": "灭火器已过期。",
                 "institutionId": ids["Institution"], "placeText": "二楼走廊",
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemConfirm": ("area_lead", {"id": ids["Problem"]}),
            "problemDismiss": ("area_lead", {"id": ids["Problem"], "reason": "经查不属实"}),
            "problemNotify": (officer, {"id": ids["Problem2"]}),
            "problemFixOnSite": ("officer1", {"id": ids["Problem2"]} | evidence),
            "problemNoticeIssue": (
                officer,
                {"id": ids["Problem2"], "goal": "消除火灾隐患",
                 "dueOn": str(date.today() + timedelta(days=10)), "measures": "更换全部灭火器",
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemEvidenceSubmit": ("officer1", {"id": ids["Problem3"]} | evidence),
            "problemExtend": (
                "leader",
                {"id": ids["Problem3"], "days": 5, "reason": "配件需要外地采购"},
            ),
            "problemRecheck": (
                "area_lead",
                {"id": ids["Problem4"], "isPassed": True, "note": "现场复核已整改"},
            ),
            "clueAssign": (desk, {"id": ids["Clue3"], "postId": ids["Post"]}),
            "clueConclusionPropose": (
                desk,
                {"id": ids["Clue4"], "outcome": "SUBSTANTIATED", "conduct": "OVER_COLLECTION",
                 "text": "经核查存在超额收费。", "institutionId": ids["Institution"]},
            ),
            "clueConclude": ("leader", {"conclusionId": ids["ClueConclusion"]}),
            "clueConclusionReturn": (
                "leader",
                {"conclusionId": ids["ClueConclusion"], "reason": "证据不足，请补充核查"},
            ),
    }  # fmt: skip


async def furnish_problems(county: County, institution: UUID, clue: UUID) -> dict[str, str]:
    """Problems and lists of an institution, and a conclusion of an accepted clue."""
    problems = await _problems(county, institution)
    decisions = await _decisions(county, institution, clue)
    photo = encode_id("File", county.number, await staged(county, "officer1"))
    return problems | decisions | {"StagedFile": photo}


async def _problems(county: County, institution: UUID) -> dict[str, str]:
    """A problem found, one confirmed, one in rectification, one that waits for its re-check."""
    officer = await county.principal("officer1")
    bureau = await county.principal("county_officer")
    found = []
    async with unit_of_work(officer.scope, "test.furnish") as session:
        for _ in range(4):
            command = FindProblem(
                ProblemSource.PATROL, ViolationType.NO_DISCLOSURE, "收费未公示。", institution
            )
            found.append((await find_problem(session, officer, command)).id)
    due_on, photo = date.today() + timedelta(days=9), await staged(county, "officer1")
    async with unit_of_work(bureau.scope, "test.furnish") as session:
        for one in found[1:]:
            await confirm_problem(session, bureau, ConfirmProblem(one))
        for one in found[2:]:
            await issue_notice(session, bureau, IssueNotice(one, "公示到位", due_on, "张贴公示"))
    async with unit_of_work(officer.scope, "test.furnish") as session:
        handed = SubmitEvidence(found[3], "已张贴", (photo,))
        await submit_evidence(session, officer, handed)
    names = ("Problem", "Problem2", "Problem3", "Problem4")
    return {n: encode_id("Problem", county.number, i) for n, i in zip(names, found, strict=True)}


async def _decisions(county: County, institution: UUID, clue: UUID) -> dict[str, str]:
    """A black-list entry, a draft of its publication, and a conclusion that waits."""
    desk, leader = await county.principal("clue_officer"), await county.principal("leader")
    officer = await county.principal("county_officer")
    async with unit_of_work(leader.scope, "test.furnish") as session:
        listed = AddListEntry(
            institution, ListKind.BLACK, ListReason.OTHER_VIOLATION, "局长办公会纪要"
        )
        entry = await add_entry(session, leader, listed)
    async with unit_of_work(officer.scope, "test.furnish") as session:
        draft = await draft_publication(session, officer, DraftPublication())
    async with unit_of_work(desk.scope, "test.furnish") as session:
        await assign_clue(session, desk, AssignClue(clue, county.posts["officer1"]))
        proposal = ProposeConclusion(clue, ClueOutcome.UNSUBSTANTIATED, "未发现所述情形。")
        await propose_conclusion(session, desk, proposal)
        conclusion = await live_conclusion(session, clue)
    assert conclusion is not None
    return {
        "ListEntry": encode_id("ListEntry", county.number, entry.id),
        "ListPublication": encode_id("ListPublication", county.number, draft.id),
        "ClueConclusion": encode_id("ClueConclusion", county.number, conclusion.id),
    }
