"""The published figures are what their quoted phrases say."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from services.demo.figures import Figure, documents, figures
from services.demo.places import TENANTS, institutions
from tenants.divisions import division_on

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(余?)(万?)(余?)")
_WORD = re.compile(r"([一二三四五六七八九])(?=支|方面)")


def said(phrase: str) -> set[tuple[Decimal, bool]]:
    """Every number in a phrase as (value, whether 余 makes it a lower bound)."""
    return {
        (Decimal(digits) * (10_000 if wan else 1), bool(before or after))
        for digits, before, wan, after in _NUMBER.findall(phrase)
    } | {(Decimal("一二三四五六七八九".index(word) + 1), False) for word in _WORD.findall(phrase)}


@pytest.mark.parametrize("figure", figures(), ids=lambda f: f.key)
def test_the_phrase_says_the_value(figure: Figure) -> None:
    assert (figure.value, figure.at_least) in said(figure.quoted)


def test_a_wrong_value_would_be_noticed() -> None:
    assert (Decimal(3_000), True) not in said("存缴监管资金3000余万元")
    assert (Decimal(30_000_000), False) not in said("存缴监管资金3000余万元")
    assert (Decimal(30_000_000), True) in said("存缴监管资金3000余万元")


def test_keys_documents_and_places() -> None:
    assert max(Counter(f.key for f in figures()).values()) == 1
    assert {f.document for f in figures()} <= set(documents())
    assert all(division_on(f.tenant_code, date(2022, 8, 25)) for f in figures())


def test_every_figure_has_a_tenant_that_keeps_it() -> None:
    assert {f.tenant_code for f in figures()} <= {tenant.division_code for tenant in TENANTS}


def test_nothing_of_the_spam_and_no_person() -> None:
    text = " ".join(f.quoted + f.note for f in figures()) + " ".join(documents().values())
    titles = [unit.name for tenant in TENANTS for unit in tenant.units]
    # The publisher's name in S3 was overwritten by spam; S0 lists persons.
    for word in ("金宝搏", "金博宝", "主任", "Baidu"):
        assert word not in text + " ".join(titles)


def test_huangshan_has_the_published_grids() -> None:
    city = next(tenant for tenant in TENANTS if tenant.public_code == "huangshan")
    grids = [unit for unit in city.units if unit.officers]
    assert (len(grids), sum(unit.officers for unit in grids)) == (36, 189)
    assert not city.registers


def test_institutions_are_deterministic_by_seed() -> None:
    county = next(tenant for tenant in TENANTS if tenant.registers)
    first, again, other = (list(institutions(s, county, 50)) for s in (1, 1, 2))
    assert first == again != other
    assert len({row.uscc for row in first}) == 50
