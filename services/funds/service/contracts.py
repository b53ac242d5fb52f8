"""Commands of contracts: drafted by the institution, signed by the guardian (SM-7a)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from infra import crypto
from infra.errors import DomainError, Fault
from infra.ids import new_id
from infra.outbox import publish
from infra.text import text_fault
from services.funds import books, policies, queries, rules
from services.funds.errors import ContractErrorCode
from services.funds.events import ContractSigned
from services.funds.models import Contract, ContractStatus, CustodyKind, CustodyStatus
from services.funds.rules import Limits, Seller, Terms
from services.funds.visibility import Side
from services.institutions.models import Institution, InstitutionCategory
from services.institutions.standing import is_licensed, standing
from tenants import keys
from tenants.access import Permission, require
from tenants.policies import value
from tenants.principal import Principal
from tenants.session import now_of, today_of

CHILD_COLUMN = "contract.child_ref"
REFUND_NO_COLUMN = "contract.refund_no"
REFUND_NAME_COLUMN = "contract.refund_name"


@dataclass(frozen=True)
class DraftContract:
    """What an institution offers to a guardian for a child; prices in fen."""

    institution_id: UUID
    guardian_login: str
    child_ref: str = field(repr=False)
    course: str
    terms: Terms


@dataclass(frozen=True)
class SignContract:
    """The guardian agrees; refunds go to this account, the one that is paid from."""

    contract_id: UUID
    refund_account_no: str = field(repr=False)
    refund_name: str = field(repr=False)


async def draft_contract(
    session: AsyncSession, principal: Principal, command: DraftContract
) -> Contract:
    """Draft a contract. All rules but R3, which is about the day of signing, are told at once.

    Raises DomainError.
    """
    require(principal, Permission.CONTRACT_DRAFT)
    today = today_of(session)
    institution = await queries.operated_institution(session, command.institution_id)
    login = command.guardian_login
    # No account has a login that cannot be stored.
    is_login = text_fault("guardian_login", login, 1, 100, "登录名", "The login") is None
    guardian = await queries.guardian_named(session, login, today) if is_login else None
    terms = command.terms
    faults = rules.form_faults(command.course, command.child_ref, terms, today)
    if guardian is None:
        faults.append(
            Fault(
                ContractErrorCode.GUARDIAN_UNKNOWN,
                "没有该登录名的家长账户，请与家长核对",
                "No guardian has this login; ask the guardian",
                ("guardian_login",),
            )
        )
    if institution is None:
        faults.append(
            Fault(
                ContractErrorCode.NOT_FOUND,
                "找不到该机构",
                "No such institution; check the id",
                ("institution_id",),
            )
        )
        raise DomainError(*faults)
    child = rules.child_code(command.child_ref) or ""
    mac = _child_mac(principal.tenant_id, child)
    limits = await limits_on(session, terms.category, today)
    faults += await _rule_faults(session, institution, terms, limits, mac, today)
    if faults or guardian is None:
        raise DomainError(*faults)
    contract_id = new_id()
    contract = Contract(
        tenant_id=principal.tenant_id,
        id=contract_id,
        institution_id=institution.id,
        guardian_account_id=guardian,
        child_ref=await keys.seal(session, principal.tenant_id, CHILD_COLUMN, contract_id, child),
        child_mac=mac,
        course=command.course.strip(),
        category=terms.category,
        hours=terms.hours,
        gift_hours=terms.gift_hours,
        unit_price_fen=terms.unit_price_fen,
        total_fen=terms.total_fen,
        start_on=terms.start_on,
        ends_on=terms.ends_on,
        template=str(await value(session, policies.CONTRACT_TEMPLATE, today)),
        status=ContractStatus.DRAFT,
        paid_fen=0,
        consumed_hours=0,
        drafted_at=now_of(session),
        version=1,
    )
    session.add(contract)
    await session.flush()
    return contract


async def sign_contract(
    session: AsyncSession, principal: Principal, command: SignContract
) -> Contract:
    """Sign a contract, for which all rules R1 to R9 must hold on this day; told at once.

    Raises NotFound, DomainError.
    """
    require(principal, Permission.CONTRACT_SIGN)
    found = await queries.find_contract(session, command.contract_id, Side.GUARDIAN)
    account = await queries.live_account(session, found.institution_id, CustodyKind.CUSTODY)
    if account is not None:
        # Signatures of one institution come one by one, so two cannot share the hours left.
        account = await queries.hold_account(session, account.id, alone=True)
    contract = await queries.lock_contract(session, found.id)
    today = today_of(session)
    terms = terms_of(contract)
    limits = await limits_on(session, terms.category, today)
    institution = await session.get_one(Institution, (contract.tenant_id, contract.institution_id))
    faults = [
        rules.account_fault(
            ContractErrorCode.ACCOUNT_NO_INVALID, "refund_account_no", command.refund_account_no
        ),
        text_fault("refund_name", command.refund_name, 2, 100, "户名", "The account's name"),
        _state_fault(contract),
        *await _rule_faults(session, institution, terms, limits, contract.child_mac, today),
        *rules.early_faults(terms, limits, today),
    ]
    if account is None or account.status != CustodyStatus.ACTIVE:
        faults.append(_NO_ACCOUNT)
    present = [fault for fault in faults if fault]
    if present or account is None:
        raise DomainError(*(_on_contract(fault) for fault in present))
    tenant_id = contract.tenant_id
    contract.refund_no = await keys.seal(
        session, tenant_id, REFUND_NO_COLUMN, contract.id, command.refund_account_no
    )
    contract.refund_name = await keys.seal(
        session, tenant_id, REFUND_NAME_COLUMN, contract.id, command.refund_name.strip()
    )
    contract.custody_account_id = account.id
    contract.ledger_account_id = await books.open_contract(session, contract)
    contract.signed_at = now_of(session)
    contract.status = ContractStatus.SIGNED
    contract.version += 1
    await session.flush()
    await publish(session, ContractSigned(tenant_id, contract.id))
    return contract


async def conclude(session: AsyncSession, contract: Contract) -> None:
    """End a locked contract of which nothing is left: by a refund, or because all was taught."""
    live = (ContractStatus.SIGNED, ContractStatus.ACTIVE)
    if contract.status in live and await books.is_used_up(session, contract):
        refunded = await queries.was_refunded(session, contract.id)
        contract.status = ContractStatus.TERMINATED if refunded else ContractStatus.COMPLETED
        contract.ended_at = now_of(session)
        contract.version += 1
        await session.flush()


async def limits_on(session: AsyncSession, category: InstitutionCategory, on: date) -> Limits:
    """The tenant's bounds of a category on a day (domain §5)."""
    is_subject = category == InstitutionCategory.SUBJECT
    most = policies.MAX_AMOUNT_SUBJECT if is_subject else policies.MAX_AMOUNT_NON_SUBJECT
    return Limits(
        int(await value(session, policies.MAX_MONTHS, on)),
        int(await value(session, policies.MAX_HOURS, on)),
        await value(session, most, on),
        int(await value(session, policies.COLLECT_NOT_BEFORE, on)),
    )


def terms_of(contract: Contract) -> Terms:
    """What a contract says."""
    return Terms(
        InstitutionCategory(contract.category),
        contract.hours,
        contract.gift_hours,
        contract.unit_price_fen,
        contract.total_fen,
        contract.start_on,
        contract.ends_on,
    )


async def _rule_faults(
    session: AsyncSession,
    institution: Institution,
    terms: Terms,
    limits: Limits,
    child_mac: bytes,
    today: date,
) -> list[Fault]:
    """R1, R2 and R9 on a day."""
    left = await queries.remaining_hours(session, institution.id, child_mac, terms.category)
    stands = await standing(session, institution.id, today)
    seller = Seller(
        InstitutionCategory(institution.category),
        await is_licensed(session, institution.id, today),
        stands.white,
        stands.black,
        stands.annual,
    )
    faults = rules.bound_faults(terms, limits, left)
    return faults + rules.seller_faults(seller, terms.category)


def _child_mac(tenant_id: int, child: str) -> bytes:
    return crypto.mac("blind", b"contract child", str(tenant_id).encode(), child.encode())


def _state_fault(contract: Contract) -> Fault | None:
    if contract.status == ContractStatus.DRAFT:
        return None
    return Fault(
        ContractErrorCode.WRONG_STATE, "该合同已签署", "The contract is signed already", ("id",)
    )


def _on_contract(fault: Fault) -> Fault:
    """A rule's fault at the contract: who signs does not give its terms."""
    own = {"refund_account_no", "refund_name"}
    field_ = fault.field if set(fault.field) & own else ("id",)
    return Fault(fault.code, fault.zh, fault.en, field_)


_NO_ACCOUNT = Fault(
    ContractErrorCode.ACCOUNT_NOT_ACTIVE,
    "机构没有已备案启用的预收费监管账户，不得收费（R6 专用账户）",
    "The institution has no custody account that is filed and active (R6)",
    ("institution_id",),
)
