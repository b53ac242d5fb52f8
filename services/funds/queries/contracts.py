"""What commands about contracts read and lock: account, then contract, then what hangs on it."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.errors import NotFound
from services.deadlines.models import Deadline
from services.funds.models import (
    Contract,
    ContractStatus,
    Lesson,
    LessonStatus,
    RefundRequest,
    RefundStatus,
)
from services.funds.visibility import (
    Side,
    acting_in,
    visible_contracts,
    visible_lessons,
    visible_refunds,
)
from services.institutions.models import Institution, InstitutionCategory
from services.institutions.visibility import acted_for
from tenants.access import RoleCode
from tenants.models import Account, Holding, Post
from tenants.session import scope_of

_LIVE = (ContractStatus.SIGNED, ContractStatus.ACTIVE)


async def operated_institution(session: AsyncSession, institution_id: UUID) -> Institution | None:
    """The institution when the asker acts for it."""
    found = await session.scalars(
        select(Institution).where(
            Institution.tenant_id == scope_of(session).tenant_id,
            Institution.id == institution_id,
            acted_for(Institution.tenant_id, Institution.id),
        )
    )
    return found.one_or_none()


async def guardian_named(session: AsyncSession, login: str, on: date) -> UUID | None:
    """The account of that login, if it holds a guardian's post on that day."""
    found: UUID | None = await session.scalar(
        select(Account.id)
        .join(
            Holding,
            and_(Holding.tenant_id == Account.tenant_id, Holding.account_id == Account.id),
        )
        .join(Post, and_(Post.tenant_id == Holding.tenant_id, Post.id == Holding.post_id))
        .where(
            Account.tenant_id == scope_of(session).tenant_id,
            Account.login == login,
            Account.disabled_at.is_(None),
            Post.role == RoleCode.GUARDIAN.value,
            Holding.valid_from <= on,
            func.coalesce(Holding.valid_to, on) >= on,
        )
        .limit(1)
    )
    return found


async def find_contract(
    session: AsyncSession, contract_id: UUID, side: Side, *path: str
) -> Contract:
    """The contract when the asker acts on that side of it. Raises NotFound."""
    return await _contract(session, contract_id, acting_in(side), path or ("id",))


async def lock_contract(session: AsyncSession, contract_id: UUID) -> Contract:
    """A contract, locked. Raises NoResultFound."""
    return await session.get_one(
        Contract,
        (scope_of(session).tenant_id, contract_id),
        with_for_update=True,
        populate_existing=True,
    )


async def _contract(
    session: AsyncSession, contract_id: UUID, may: ColumnElement[bool], path: tuple[str, ...]
) -> Contract:
    scope = scope_of(session)
    found = await session.scalars(
        select(Contract).where(
            Contract.tenant_id == scope.tenant_id,
            Contract.id == contract_id,
            visible_contracts(scope),
            may,
        )
    )
    contract = found.one_or_none()
    if contract is None:
        raise NotFound(*path)
    return contract


async def remaining_hours(
    session: AsyncSession, institution_id: UUID, child_mac: bytes, category: InstitutionCategory
) -> int:
    """Hours, gifts included, that a child has left of a subject at an institution (R1)."""
    found = await session.scalar(
        select(
            func.coalesce(
                func.sum(Contract.hours + Contract.gift_hours - Contract.consumed_hours), 0
            )
        ).where(
            Contract.tenant_id == scope_of(session).tenant_id,
            Contract.institution_id == institution_id,
            Contract.child_mac == child_mac,
            Contract.category == category,
            Contract.status.in_(_LIVE),
        )
    )
    return int(found or 0)


async def find_lesson(session: AsyncSession, lesson_id: UUID, side: Side) -> Lesson:
    """The lesson when the asker acts on that side of its contract. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(Lesson)
        .join(
            Contract,
            and_(Contract.tenant_id == Lesson.tenant_id, Contract.id == Lesson.contract_id),
        )
        .where(
            Lesson.tenant_id == scope.tenant_id,
            Lesson.id == lesson_id,
            visible_lessons(scope),
            acting_in(side),
        )
    )
    lesson = found.one_or_none()
    if lesson is None:
        raise NotFound("id")
    return lesson


async def find_refund(session: AsyncSession, refund_id: UUID, side: Side) -> RefundRequest:
    """The refund when the asker acts on that side of its contract. Raises NotFound on `id`."""
    scope = scope_of(session)
    found = await session.scalars(
        select(RefundRequest)
        .join(
            Contract,
            and_(
                Contract.tenant_id == RefundRequest.tenant_id,
                Contract.id == RefundRequest.contract_id,
            ),
        )
        .where(
            RefundRequest.tenant_id == scope.tenant_id,
            RefundRequest.id == refund_id,
            visible_refunds(scope),
            acting_in(side),
        )
    )
    refund = found.one_or_none()
    if refund is None:
        raise NotFound("id")
    return refund


async def open_refund(session: AsyncSession, contract_id: UUID) -> RefundRequest | None:
    """The refund of a locked contract that is not settled yet."""
    found = await session.scalars(
        select(RefundRequest).where(
            RefundRequest.tenant_id == scope_of(session).tenant_id,
            RefundRequest.contract_id == contract_id,
            RefundRequest.status.not_in([RefundStatus.EXECUTED, RefundStatus.REFUSED]),
        )
    )
    return found.one_or_none()


async def was_refunded(session: AsyncSession, contract_id: UUID) -> bool:
    """Whether a part of a contract was given back."""
    found = await session.scalar(
        select(RefundRequest.id)
        .where(
            RefundRequest.tenant_id == scope_of(session).tenant_id,
            RefundRequest.contract_id == contract_id,
            RefundRequest.booked_at.is_not(None),
        )
        .limit(1)
    )
    return found is not None


async def waiting_lessons(session: AsyncSession, account_id: UUID) -> list[UUID]:
    """Lessons that are confirmed and not released, of an account."""
    found = await session.scalars(
        select(Lesson.id)
        .join(
            Contract,
            and_(Contract.tenant_id == Lesson.tenant_id, Contract.id == Lesson.contract_id),
        )
        .where(
            Lesson.tenant_id == scope_of(session).tenant_id,
            Lesson.status == LessonStatus.CONFIRMED,
            Contract.custody_account_id == account_id,
        )
        .order_by(Lesson.id)
    )
    return list(found)


async def waiting_refunds(session: AsyncSession, account_id: UUID) -> list[UUID]:
    """Refunds that are agreed and not on their way, of an account."""
    found = await session.scalars(
        select(RefundRequest.id)
        .join(
            Contract,
            and_(
                Contract.tenant_id == RefundRequest.tenant_id,
                Contract.id == RefundRequest.contract_id,
            ),
        )
        .where(
            RefundRequest.tenant_id == scope_of(session).tenant_id,
            RefundRequest.status == RefundStatus.AGREED,
            Contract.custody_account_id == account_id,
        )
        .order_by(RefundRequest.id)
    )
    return list(found)


async def period(session: AsyncSession, rule: str, subject_id: UUID) -> Deadline | None:
    """The newest deadline of a subject under a rule."""
    found = await session.scalars(
        select(Deadline)
        .where(
            Deadline.tenant_id == scope_of(session).tenant_id,
            Deadline.rule == rule,
            Deadline.subject_id == subject_id,
        )
        .order_by(Deadline.id.desc())
        .limit(1)
    )
    return found.one_or_none()


async def lesson(session: AsyncSession, lesson_id: UUID) -> Lesson:
    """A lesson by its id, whoever asks. Raises NoResultFound."""
    return await session.get_one(Lesson, (scope_of(session).tenant_id, lesson_id))


async def refund(session: AsyncSession, refund_id: UUID) -> RefundRequest:
    """A refund by its id, whoever asks. Raises NoResultFound."""
    return await session.get_one(RefundRequest, (scope_of(session).tenant_id, refund_id))
