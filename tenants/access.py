"""Which role may do what (domain §6); the one place that says so."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from infra.errors import Forbidden


class RoleCode(StrEnum):
    """Roles that posts carry. Reporters have none: they have a receipt."""

    GRID_OFFICER = "GRID_OFFICER"
    CENTRAL_SCHOOL_LEAD = "CENTRAL_SCHOOL_LEAD"
    AREA_LEAD = "AREA_LEAD"
    SCHOOL_PRINCIPAL = "SCHOOL_PRINCIPAL"
    COUNTY_OFFICER = "COUNTY_OFFICER"
    CLUE_OFFICER = "CLUE_OFFICER"
    BUREAU_LEADER = "BUREAU_LEADER"
    FINANCE_OFFICER = "FINANCE_OFFICER"
    FUND_SUPERVISOR = "FUND_SUPERVISOR"
    AREA_FUND_FOLLOW = "AREA_FUND_FOLLOW"
    BANK_OPERATOR = "BANK_OPERATOR"
    INSTITUTION_OPERATOR = "INSTITUTION_OPERATOR"
    GUARDIAN = "GUARDIAN"
    TENANT_ADMIN = "TENANT_ADMIN"
    CITY_SUPERVISOR = "CITY_SUPERVISOR"
    PROVINCIAL_SUPERVISOR = "PROVINCIAL_SUPERVISOR"


class Permission(StrEnum):
    """What can be allowed; `<noun>.<act>`."""

    UNIT_READ = "unit.read"
    UNIT_MANAGE = "unit.manage"
    GRID_READ = "grid.read"
    GRID_MANAGE = "grid.manage"
    INSTITUTION_READ = "institution.read"
    INSTITUTION_MANAGE = "institution.manage"
    CLUE_READ = "clue.read"
    CLUE_DETAIL = "clue.detail"
    CLUE_TRIAGE = "clue.triage"
    CLUE_ASSIGN = "clue.assign"
    CLUE_PROPOSE = "clue.propose"
    CLUE_CONCLUDE = "clue.conclude"
    CLUE_REPLY = "clue.reply"
    REPORTER_OPEN = "reporter.open"
    INBOX_READ = "inbox.read"
    TENANTS_READ = "tenants.read"
    DEADLINE_READ = "deadline.read"
    DEADLINE_EXTEND = "deadline.extend"
    FILE_UPLOAD = "file.upload"
    FILE_READ = "file.read"
    FILE_ORIGINAL = "file.original"
    PROBLEM_READ = "problem.read"
    PROBLEM_DETAIL = "problem.detail"
    PROBLEM_FIND = "problem.find"
    PROBLEM_CONFIRM = "problem.confirm"
    PROBLEM_NOTICE = "problem.notice"
    PROBLEM_EVIDENCE = "problem.evidence"
    PROBLEM_RECHECK = "problem.recheck"
    LIST_READ = "list.read"
    LIST_PUBLISH = "list.publish"
    LIST_SIGN = "list.sign"
    LEDGER_READ = "ledger.read"
    LEDGER_LIFT = "ledger.lift"
    PAYMENT_READ = "payment.read"
    PAYMENT_INSTRUCT = "payment.instruct"
    STATEMENT_IMPORT = "statement.import"
    CUSTODY_READ = "custody.read"
    CUSTODY_OPEN = "custody.open"
    CUSTODY_FREEZE = "custody.freeze"
    CONTRACT_READ = "contract.read"
    CONTRACT_DRAFT = "contract.draft"
    CONTRACT_SIGN = "contract.sign"
    CONTRACT_BOOK = "contract.book"
    LESSON_REQUEST = "lesson.request"
    LESSON_CONFIRM = "lesson.confirm"
    LESSON_DECIDE = "lesson.decide"
    REFUND_REQUEST = "refund.request"
    REFUND_ANSWER = "refund.answer"
    REFUND_DECIDE = "refund.decide"
    FUND_ALERT_READ = "fund_alert.read"
    FUND_ALERT_HANDLE = "fund_alert.handle"
    REWARD_READ = "reward.read"
    REWARD_PROPOSE = "reward.propose"
    REWARD_APPROVE = "reward.approve"
    REWARD_PAY = "reward.pay"
    REWARD_CONFIGURE = "reward.configure"
    OVERSIGHT_READ = "oversight.read"
    OVERSIGHT_DRAFT = "oversight.draft"
    OVERSIGHT_SIGN = "oversight.sign"
    OVERSIGHT_ANSWER = "oversight.answer"


_P = Permission
_READ = frozenset({_P.UNIT_READ, _P.INSTITUTION_READ, _P.INBOX_READ})
_STAFF = _READ | {_P.GRID_READ, _P.DEADLINE_READ, _P.FILE_UPLOAD, _P.FILE_READ, _P.LIST_READ}

_CLUES = frozenset({_P.CLUE_READ, _P.CLUE_DETAIL})
_CLUE_DESK = _CLUES | {_P.CLUE_TRIAGE, _P.CLUE_ASSIGN, _P.CLUE_PROPOSE, _P.CLUE_REPLY}
_PROBLEMS = frozenset({_P.PROBLEM_READ, _P.PROBLEM_DETAIL})
_PATROL = _PROBLEMS | {_P.PROBLEM_FIND, _P.PROBLEM_EVIDENCE}
_FUNDS = frozenset({_P.CUSTODY_READ, _P.CONTRACT_READ})
_ALERTS = frozenset({_P.FUND_ALERT_READ, _P.FUND_ALERT_HANDLE})
_BOOKS = frozenset({_P.LEDGER_READ, _P.PAYMENT_READ})
_GRID_LEAD = _STAFF | _CLUES | _PATROL | {_P.PROBLEM_CONFIRM, _P.PROBLEM_RECHECK}
_SUPERVISOR = (_STAFF - {_P.FILE_UPLOAD, _P.FILE_READ}) | {
    _P.CLUE_READ,
    _P.TENANTS_READ,
    _P.PROBLEM_READ,
    _P.CUSTODY_READ,
    _P.FUND_ALERT_READ,
    _P.OVERSIGHT_READ,
    _P.OVERSIGHT_DRAFT,
    _P.OVERSIGHT_SIGN,
}

GRANTS: dict[RoleCode, frozenset[Permission]] = {
    RoleCode.GRID_OFFICER: _STAFF | _CLUES | _PATROL,
    RoleCode.CENTRAL_SCHOOL_LEAD: _GRID_LEAD,
    RoleCode.AREA_LEAD: _GRID_LEAD,
    RoleCode.SCHOOL_PRINCIPAL: _STAFF | _CLUES | _PROBLEMS,
    RoleCode.COUNTY_OFFICER: _GRID_LEAD
    | _CLUE_DESK
    | {_P.GRID_MANAGE, _P.INSTITUTION_MANAGE, _P.LIST_PUBLISH, _P.CUSTODY_READ}
    | {_P.FILE_ORIGINAL}
    | {_P.PROBLEM_NOTICE}
    | {_P.REWARD_READ, _P.REWARD_PROPOSE, _P.REWARD_APPROVE, _P.REWARD_PAY}
    | {_P.OVERSIGHT_READ, _P.OVERSIGHT_ANSWER},
    RoleCode.CLUE_OFFICER: _STAFF
    | _CLUE_DESK
    | _PROBLEMS
    | {_P.REPORTER_OPEN, _P.REWARD_READ, _P.REWARD_PROPOSE},
    RoleCode.BUREAU_LEADER: _STAFF
    | _CLUES
    | _PROBLEMS
    | _FUNDS
    | _BOOKS
    | {_P.DEADLINE_EXTEND, _P.CLUE_CONCLUDE, _P.LIST_SIGN, _P.LEDGER_LIFT}
    | {_P.CUSTODY_FREEZE, _P.FUND_ALERT_READ}
    | {_P.REWARD_READ, _P.REWARD_APPROVE, _P.REWARD_CONFIGURE}
    | {_P.OVERSIGHT_READ, _P.OVERSIGHT_ANSWER},
    RoleCode.FINANCE_OFFICER: _STAFF
    | _BOOKS
    | {_P.STATEMENT_IMPORT, _P.REWARD_READ, _P.REWARD_PAY, _P.PAYMENT_INSTRUCT},
    RoleCode.FUND_SUPERVISOR: _STAFF
    | _FUNDS
    | _BOOKS
    | _ALERTS
    | {_P.CUSTODY_OPEN, _P.CUSTODY_FREEZE, _P.STATEMENT_IMPORT}
    | {_P.CONTRACT_BOOK, _P.LESSON_DECIDE, _P.REFUND_DECIDE}
    | _PROBLEMS
    | {_P.PROBLEM_FIND},
    RoleCode.AREA_FUND_FOLLOW: _STAFF | _FUNDS | _ALERTS | _PATROL,
    RoleCode.BANK_OPERATOR: frozenset(
        {_P.INBOX_READ, _P.DEADLINE_READ, _P.PAYMENT_READ, _P.STATEMENT_IMPORT}
    ),
    RoleCode.INSTITUTION_OPERATOR: _READ
    | _FUNDS
    | _PROBLEMS
    | {_P.DEADLINE_READ, _P.FILE_UPLOAD, _P.FILE_READ, _P.PROBLEM_EVIDENCE}
    | {_P.CONTRACT_DRAFT, _P.LESSON_REQUEST, _P.REFUND_ANSWER},
    RoleCode.GUARDIAN: _READ
    | {_P.CONTRACT_READ, _P.CONTRACT_SIGN, _P.LESSON_CONFIRM, _P.REFUND_REQUEST},
    RoleCode.TENANT_ADMIN: _STAFF | {_P.UNIT_MANAGE, _P.GRID_MANAGE},
    RoleCode.CITY_SUPERVISOR: _SUPERVISOR,
    RoleCode.PROVINCIAL_SUPERVISOR: _SUPERVISOR,
}

UNIT_BOUND = frozenset(
    {
        RoleCode.GRID_OFFICER,
        RoleCode.CENTRAL_SCHOOL_LEAD,
        RoleCode.AREA_LEAD,
        RoleCode.SCHOOL_PRINCIPAL,
        RoleCode.AREA_FUND_FOLLOW,
    }
)
"""Roles whose sight ends with the subtree of their post's unit."""

OWN_BOUND = frozenset({RoleCode.BANK_OPERATOR, RoleCode.INSTITUTION_OPERATOR, RoleCode.GUARDIAN})
"""Roles from outside the bureau: they see what is their own (institution, children, bank)."""

SUPERVISING = frozenset({RoleCode.CITY_SUPERVISOR, RoleCode.PROVINCIAL_SUPERVISOR})
"""Roles that read across the tenants of their jurisdiction and write in none of them."""


class Holder(Protocol):
    """Anything with permissions."""

    @property
    def permissions(self) -> frozenset[Permission]: ...


def permissions_of(roles: Iterable[RoleCode]) -> frozenset[Permission]:
    """The union of what the roles grant."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def require(holder: Holder, permission: Permission) -> None:
    """Raise Forbidden unless the holder has the permission."""
    if permission not in holder.permissions:
        raise Forbidden(permission.value)
