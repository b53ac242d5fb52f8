"""Commands of problems in the API."""

import strawberry

from schema.fields import changed, mutation
from schema.payloads import payload, shown
from schema.problems.inputs import (
    ProblemConfirmInput,
    ProblemDismissInput,
    ProblemEvidenceSubmitInput,
    ProblemExtendInput,
    ProblemFindInput,
    ProblemFixOnSiteInput,
    ProblemNoticeIssueInput,
    ProblemNotifyInput,
    ProblemRecheckInput,
)
from schema.problems.types import Problem
from services.problems import rectification, service
from services.problems.errors import ProblemErrorCode
from tenants.access import Permission


@payload(ProblemErrorCode, "问题操作结果 — the problem, or why the command was refused")
class ProblemPayload:
    problem: Problem | None = shown("问题 — as it is now")


@strawberry.type
class ProblemMutation:
    @mutation(
        "登记问题 — note what was found on the spot",
        action="problem.find",
        permission=Permission.PROBLEM_FIND,
        idempotent=True,
    )
    async def problem_find(
        self, info: strawberry.Info, input: ProblemFindInput
    ) -> ProblemPayload | None:
        problem = await changed(Problem, service.find_problem, info, input)
        return ProblemPayload(problem=problem)

    @mutation(
        "确认问题 — confirm what was found",
        action="problem.confirm",
        permission=Permission.PROBLEM_CONFIRM,
    )
    async def problem_confirm(
        self, info: strawberry.Info, input: ProblemConfirmInput
    ) -> ProblemPayload | None:
        problem = await changed(Problem, service.confirm_problem, info, input)
        return ProblemPayload(problem=problem)

    @mutation(
        "问题不成立 — dismiss what was found",
        action="problem.dismiss",
        permission=Permission.PROBLEM_CONFIRM,
    )
    async def problem_dismiss(
        self, info: strawberry.Info, input: ProblemDismissInput
    ) -> ProblemPayload | None:
        problem = await changed(Problem, service.dismiss_problem, info, input)
        return ProblemPayload(problem=problem)

    @mutation(
        "通报 — mark that those concerned were told",
        action="problem.notify",
        permission=Permission.PROBLEM_NOTICE,
    )
    async def problem_notify(
        self, info: strawberry.Info, input: ProblemNotifyInput
    ) -> ProblemPayload | None:
        problem = await changed(Problem, service.notify_problem, info, input)
        return ProblemPayload(problem=problem)

    @mutation(
        "立行立改 — note that it was put right on the spot",
        action="problem.fix_on_site",
        permission=Permission.PROBLEM_FIND,
    )
    async def problem_fix_on_site(
        self, info: strawberry.Info, input: ProblemFixOnSiteInput
    ) -> ProblemPayload | None:
        return ProblemPayload(
            problem=await changed(Problem, rectification.fix_on_site, info, input)
        )

    @mutation(
        "下达整改通知书 — issue a notice with the next number of the year",
        action="problem.notice_issue",
        permission=Permission.PROBLEM_NOTICE,
        idempotent=True,
    )
    async def problem_notice_issue(
        self, info: strawberry.Info, input: ProblemNoticeIssueInput
    ) -> ProblemPayload | None:
        return ProblemPayload(
            problem=await changed(Problem, rectification.issue_notice, info, input)
        )

    @mutation(
        "提交佐证 — hand in what shows that it is done",
        action="problem.evidence_submit",
        permission=Permission.PROBLEM_EVIDENCE,
    )
    async def problem_evidence_submit(
        self, info: strawberry.Info, input: ProblemEvidenceSubmitInput
    ) -> ProblemPayload | None:
        return ProblemPayload(
            problem=await changed(Problem, rectification.submit_evidence, info, input)
        )

    @mutation(
        "复核 — write it off, or send it into its next round",
        action="problem.recheck",
        permission=Permission.PROBLEM_RECHECK,
    )
    async def problem_recheck(
        self, info: strawberry.Info, input: ProblemRecheckInput
    ) -> ProblemPayload | None:
        return ProblemPayload(
            problem=await changed(Problem, rectification.recheck_problem, info, input)
        )

    @mutation(
        "整改延期 — give a rectification more time, once",
        action="problem.extend",
        permission=Permission.DEADLINE_EXTEND,
    )
    async def problem_extend(
        self, info: strawberry.Info, input: ProblemExtendInput
    ) -> ProblemPayload | None:
        return ProblemPayload(
            problem=await changed(Problem, rectification.extend_rectification, info, input)
        )
