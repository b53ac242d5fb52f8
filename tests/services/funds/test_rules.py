"""What a contract may be: every rule alone, all at once, and that a tenant may only tighten."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from infra.errors import DomainError
from services.funds import policies, rules
from services.funds.errors import ContractErrorCode as Code
from services.funds.models import ContractStatus, CustodyStatus, UnclaimedReason
from services.funds.rules import Limits, Seller
from services.institutions.models import AnnualResult, InstitutionCategory
from tenants.policies import REGISTRY, Policy, policy, set_value, value
from tenants.session import reading, unit_of_work
from tests.harness.county import County
from tests.services.funds.funding import TERMS, longer

LIMITS = Limits(max_months=3, max_hours=60, max_fen=500_000, months_before=1)
FINE = Seller(InstitutionCategory.NON_SUBJECT_ARTS, True, True, False, AnnualResult.QUALIFIED)


def codes(faults: list[Any]) -> list[str]:
    return [fault.code.value for fault in faults]


def test_what_is_within_the_bounds_has_no_fault() -> None:
    assert rules.form_faults("书法", "G610526201501010011", TERMS, date(2026, 3, 1)) == []
    assert rules.bound_faults(TERMS, LIMITS, 20) == []
    assert rules.seller_faults(FINE, TERMS.category) == []


@pytest.mark.parametrize(
    ("ends_on", "found"),
    [
        (date(2026, 6, 2), []),
        (date(2026, 6, 3), ["SPAN_TOO_LONG"]),
    ],
)
def test_three_months_end_on_the_corresponding_day(ends_on: date, found: list[str]) -> None:
    assert codes(rules.bound_faults(replace(TERMS, ends_on=ends_on), LIMITS, 0)) == found


def test_a_month_without_the_day_ends_on_its_last() -> None:
    assert rules.months_from(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert rules.months_from(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert rules.months_from(date(2026, 1, 15), -1) == date(2025, 12, 15)


@pytest.mark.parametrize(
    ("hours", "gifts", "left", "found"),
    [(60, 0, 0, []), (61, 0, 0, [1]), (40, 0, 20, []), (40, 0, 21, [1]), (40, 21, 0, [1])],
)
def test_sixty_hours_with_gifts_and_what_is_left(
    hours: int, gifts: int, left: int, found: list[int]
) -> None:
    terms = longer(hours=hours, gift_hours=gifts, unit_price_fen=100)
    wanted = ["HOURS_TOO_MANY"] if found else []
    assert codes(rules.bound_faults(terms, LIMITS, left)) == wanted


def test_five_thousand_yuan_and_no_bound_where_none_is_set() -> None:
    dear = longer(hours=50, unit_price_fen=10_001)
    assert codes(rules.bound_faults(dear, LIMITS, 0)) == ["AMOUNT_TOO_HIGH"]
    assert rules.bound_faults(longer(hours=50), LIMITS, 0) == []
    assert rules.bound_faults(dear, replace(LIMITS, max_fen=None), 0) == []


def test_not_a_day_before_one_month_before_the_start() -> None:
    first = date(2026, 2, 2)
    assert rules.early_faults(TERMS, LIMITS, first) == []
    early = rules.early_faults(TERMS, LIMITS, first - timedelta(days=1))
    assert codes(early) == ["TOO_EARLY"]
    assert "R3" in early[0].en


@pytest.mark.parametrize(
    ("seller", "code"),
    [
        (replace(FINE, is_licensed=False), Code.NOT_LICENSED),
        (replace(FINE, is_white=False), Code.NOT_WHITE_LISTED),
        (replace(FINE, is_black=True), Code.BLACK_LISTED),
        (replace(FINE, annual=AnnualResult.UNQUALIFIED), Code.UNQUALIFIED),
    ],
)
def test_each_thing_an_institution_lacks_has_its_own_code(seller: Seller, code: Code) -> None:
    assert codes(rules.seller_faults(seller, TERMS.category)) == [code.value]


def test_all_faults_are_told_at_once() -> None:
    wrong = replace(TERMS, hours=90, total_fen=900_000, ends_on=date(2026, 9, 1), gift_hours=-1)
    seller = Seller(
        InstitutionCategory.NON_SUBJECT_ARTS, False, False, True, AnnualResult.UNQUALIFIED
    )
    found = rules.bound_faults(wrong, LIMITS, 3)
    found += rules.seller_faults(seller, InstitutionCategory.SUBJECT)
    found += rules.early_faults(wrong, LIMITS, date(2026, 1, 1))
    assert codes(found) == [
        "SPAN_TOO_LONG", "GIFT_HOURS_INVALID", "HOURS_TOO_MANY", "AMOUNT_TOO_HIGH", "NOT_LICENSED",
        "NOT_WHITE_LISTED", "BLACK_LISTED", "UNQUALIFIED", "CATEGORY_UNFIT", "TOO_EARLY",
    ]  # fmt: skip
    assert all("（" in fault.zh or fault.code == Code.CATEGORY_UNFIT for fault in found[2:])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"contract": ContractStatus.DRAFT}, UnclaimedReason.NOT_SIGNED),
        ({"is_its_account": False}, UnclaimedReason.OTHER_ACCOUNT),
        ({"account": CustodyStatus.FROZEN}, UnclaimedReason.ACCOUNT_NOT_ACTIVE),
        ({"account": CustodyStatus.CLOSED}, UnclaimedReason.ACCOUNT_NOT_ACTIVE),
        ({"paid_on": date(2026, 2, 1)}, UnclaimedReason.TOO_EARLY),
        ({"amount_fen": 101}, UnclaimedReason.ABOVE_TOTAL),
    ],
)
def test_why_money_is_not_booked(changes: dict[str, Any], reason: UnclaimedReason | None) -> None:
    usual: dict[str, Any] = {
        "contract": ContractStatus.SIGNED,
        "account": CustodyStatus.ACTIVE,
        "is_its_account": True,
        "amount_fen": 100,
        "left_fen": 100,
        "paid_on": date(2026, 2, 2),
        "first_on": date(2026, 2, 2),
    }
    assert rules.unclaimed(**(usual | changes)) == reason


def test_a_childs_number_has_one_spelling_and_is_no_name() -> None:
    assert rules.child_code(" ｇ610526201501010011 ") == "G610526201501010011"
    assert rules.child_code("王小明同学的孩子") is None


async def test_a_tenant_may_tighten_and_not_loosen(county: County) -> None:
    on = date(2026, 3, 2)

    async def told(declared: Policy, setting: object) -> object:
        async with unit_of_work(county.scope, "test") as session:
            await set_value(session, declared, setting, on, "县文件")
        async with reading(county.scope) as session:
            return await value(session, declared, on)

    assert await told(policies.MAX_HOURS, 40) == 40
    assert await told(policies.MAX_MONTHS, 12) == 3
    assert await told(policies.MAX_AMOUNT_NON_SUBJECT, None) == 500_000
    # The control: what is not locked is the tenant's.
    assert await told(policies.CONFIRM_DAYS, 15) == 15


def test_bounds_hold_both_ways_and_a_default_beyond_its_own_is_refused() -> None:
    try:
        floored = policy("test.floored", 3, "things", "test", floor=3)
        assert [floored.within(n) for n in (2, 3, 4, None)] == [3, 3, 4, 3]
        with pytest.raises(ValueError, match="looser"):
            policy("test.loose", 5, "things", "test", ceiling=4)
    finally:
        REGISTRY.pop("test.floored", None)


def test_locked_are_what_the_specification_locks() -> None:
    locked = {key for key, one in REGISTRY.items() if key.startswith("fund.") and one.ceiling}
    assert locked == {
        "fund.max_months",
        "fund.max_hours",
        "fund.max_amount_fen.non_subject",
        "fund.collect_not_before",
    }


def test_a_refusal_of_ours_is_a_domain_error() -> None:
    fault = rules.early_faults(TERMS, LIMITS, date(2025, 1, 1))[0]
    assert str(DomainError(fault)).startswith("TOO_EARLY")
