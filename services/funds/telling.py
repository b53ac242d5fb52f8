"""Messages about prepaid fees: codes only, to guardians, institutions and whoever follows up."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.funds import queries, rules
from services.funds.models import Contract, DecidedBy, Lesson, RefundRequest, UnclaimedReason
from services.institutions.queries import operators
from services.notifications.rules import Template, code_of, speak
from services.notifications.service import notify_accounts
from tenants.organisation import holders

_REASONS = {
    UnclaimedReason.ABOVE_TOTAL: "超过合同总价",
    UnclaimedReason.TOO_EARLY: "早于允许收费日",
    UnclaimedReason.NOT_SIGNED: "合同尚未签署",
    UnclaimedReason.ACCOUNT_NOT_ACTIVE: "监管账户未启用或已冻结",
    UnclaimedReason.OTHER_ACCOUNT: "汇入了其他账户",
}
_WORDS = {
    DecidedBy.GUARDIAN: "家长确认",
    DecidedBy.INSTITUTION: "机构同意",
    DecidedBy.SILENCE: "逾期未答复，视为同意",
    DecidedBy.SUPERVISOR: "教委监督裁定",
}


def _code(word: str) -> str:
    return code_of(f"FUND-{word}")


speak({_code(word): told for word, told in (_REASONS | _WORDS).items()})


async def tell_unclaimed(session: AsyncSession, contract: Contract, reason: str) -> None:
    """Everybody concerned hears that money came which could not be booked, and why."""
    accounts = {
        contract.guardian_account_id,
        *await operators(session, contract.institution_id),
        *await _in_charge(session),
    }
    params = {"contract": rules.short(contract.id), "reason": _code(reason)}
    await _tell(session, contract, accounts, Template.FEE_UNCLAIMED, params)


async def tell_lesson(
    session: AsyncSession, lesson: Lesson, template: Template, decided_by: str | None = None
) -> None:
    """The guardian hears of a lesson; the institution too, once it is decided."""
    contract = await session.get_one(Contract, (lesson.tenant_id, lesson.contract_id))
    params = {"lesson": rules.short(lesson.id)}
    accounts = {contract.guardian_account_id}
    if decided_by is None:
        period = await queries.period(session, "lesson.confirm", lesson.id)
        assert period is not None  # noqa: S101 - started with the lesson
        params["due"] = period.due_on.isoformat()
    else:
        params["how"] = _code(decided_by)
        accounts |= set(await operators(session, contract.institution_id))
    await _tell(session, contract, accounts, template, params)


async def tell_refund(
    session: AsyncSession, refund: RefundRequest, template: Template, **params: str
) -> None:
    """Guardian and institution hear of a refund."""
    contract = await session.get_one(Contract, (refund.tenant_id, refund.contract_id))
    accounts = {
        contract.guardian_account_id,
        *await operators(session, contract.institution_id),
    }
    params = {"refund": rules.short(refund.id)} | params
    await _tell(session, contract, accounts, template, params)


async def tell_refund_agreed(session: AsyncSession, refund: RefundRequest, by: str) -> None:
    """That a refund is to be paid, and by whose word or silence."""
    await tell_refund(session, refund, Template.REFUND_AGREED, how=_code(by))


async def tell_alert(
    session: AsyncSession, tenant_id: int, alert_id: UUID, institution_id: UUID
) -> None:
    """The fund supervisor and who follows up the institution's area hear of a red alert."""
    accounts = set(await _in_charge(session))
    for post_id in await queries.followers(session, institution_id):
        accounts |= set(await holders(session, post_id))
    params = {"alert": rules.short(alert_id)}
    await notify_accounts(session, tenant_id, sorted(accounts), Template.FUND_ALERT, params)


async def _in_charge(session: AsyncSession) -> list[UUID]:
    post_id = await queries.post_in_charge(session)
    return [] if post_id is None else await holders(session, post_id)


async def _tell(
    session: AsyncSession,
    contract: Contract,
    accounts: Iterable[UUID],
    template: Template,
    params: dict[str, str],
) -> None:
    await notify_accounts(session, contract.tenant_id, sorted(accounts), template, params)
