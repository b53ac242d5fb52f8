"""Steps of a problem as an account takes them; a refusal is told by its codes and fields."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import DomainError
from services.institutions.models import InstitutionCategory
from services.institutions.service import RegisterInstitution, register_institution
from services.problems.models import ProblemSource, ViolationType
from services.problems.rectification import (
    IssueNotice,
    RecheckProblem,
    SubmitEvidence,
    issue_notice,
    recheck_problem,
    submit_evidence,
)
from services.problems.service import ConfirmProblem, FindProblem, confirm_problem, find_problem
from tenants.principal import Principal
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.services.files.uploads import staged
from tests.services.institutions.codes import uscc

Step = Callable[[AsyncSession, Principal, Any], Awaitable[Any]]


async def do(county: County, who: str, step: Step, command: Any) -> Any:
    """What a command answers. Raises what it raises."""
    principal = await county.principal(who)
    async with unit_of_work(principal.scope, "test.step") as session:
        return await step(session, principal, command)


async def refused(county: County, who: str, step: Step, command: Any) -> list[tuple[str, str]]:
    """Code and field of every fault ("": of none); empty when the command was taken."""
    try:
        await do(county, who, step, command)
    except DomainError as error:
        return [(fault.code.value, (*fault.field, "")[0]) for fault in error.faults]
    return []


async def registered(county: County, number: int = 1, unit: str = "school1") -> UUID:
    """A new institution of the register."""
    command = RegisterInstitution(
        uscc(number), f"第{number}艺术培训中心", InstitutionCategory.NON_SUBJECT_ARTS,
        county.units[unit],
    )  # fmt: skip
    found: UUID = (await do(county, "county_officer", register_institution, command)).id
    return found


async def found(county: County, institution: UUID, who: str = "officer1") -> UUID:
    """A problem that somebody found with an institution."""
    command = FindProblem(
        ProblemSource.PATROL, ViolationType.NO_DISCLOSURE, "收费标准未公示。", institution
    )
    problem: UUID = (await do(county, who, find_problem, command)).id
    return problem


async def confirmed(county: County, institution: UUID) -> UUID:
    """A problem that a lead confirmed."""
    problem = await found(county, institution)
    await do(county, "area_lead", confirm_problem, ConfirmProblem(problem))
    return problem


async def noticed(county: County, problem: UUID, due_on: date) -> None:
    """A notice for a confirmed problem."""
    command = IssueNotice(problem, "公示到位", due_on, "在大门张贴收费标准")
    await do(county, "county_officer", issue_notice, command)


async def handed_in(county: County, problem: UUID, who: str = "officer1") -> None:
    """Evidence with one photo."""
    photo = await staged(county, who)
    await do(county, who, submit_evidence, SubmitEvidence(problem, "已张贴公示", (photo,)))


async def rechecked(county: County, problem: UUID, who: str, *, is_passed: bool) -> Any:
    """A re-check; what became of the problem."""
    command = RecheckProblem(problem, is_passed, "现场复核")
    return await do(county, who, recheck_problem, command)
