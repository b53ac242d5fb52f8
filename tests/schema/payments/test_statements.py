"""Payments through the API: who sees them, and a statement from file to breaks."""

from typing import Any

import pytest

from infra.clock import SHANGHAI
from infra.gateways.bank import HttpBankGateway
from tenants.auth import tokens
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.services.payments.conftest import bank, clock, payer
from tests.services.payments.paying import NAME, OURS, PAYEE, Payer, bank_officer

__all__ = ["bank", "clock", "payer"]

IMPORT = """mutation($input: StatementImportInput!) { statementImport(input: $input) {
  statement { id linesNew fromOn toOn bankAccount { accountNo }
    lines(first: 9) { totalCount nodes { serial direction amount balance instruction { state } } } }
  outcome { linesRead linesNew linesKnown received paid isDryRun }
  userErrors { field message code } } }"""
LISTED = """{ paymentInstructions(first: 9) { totalCount nodes {
    payeeTail amount purpose state bankSerial refusalCode settledAt
    bankAccount { accountNo bankCode kind }
    lines(first: 3) { nodes { serial counterparty } } } } }"""
BREAKS = """query($filter: ReconciliationBreakFilter) {
  reconciliationBreaks(first: 9, filter: $filter) { totalCount nodes {
    kind resolvedAt line { serial reference } instruction { amount } bankAccount { name } } } }"""
HEADS = "date,serial,amount,direction,counterparty,reference,balance"


async def send(county: County, csv: str, *, dry: bool = False, who: str = "finance") -> Any:
    given = {"accountNo": OURS, "csv": csv, "dryRun": dry}
    return (await data(county.token(who), IMPORT, input=given))["statementImport"]


async def test_from_the_banks_file_to_the_matched_payment(payer: Payer) -> None:
    await payer.pay(20_005)
    await payer.deliver(2)
    today = (await payer.admin.fetchval("SELECT now()")).astimezone(SHANGHAI).date()
    csv = await HttpBankGateway(payer.bank.url).statement(OURS, today)
    tried = await send(payer.county, csv, dry=True)
    assert tried["statement"] is None
    assert tried["outcome"] == {
        "linesRead": 2,
        "linesNew": 2,
        "linesKnown": 0,
        "received": "100000.00",
        "paid": "200.05",
        "isDryRun": True,
    }
    taken = await send(payer.county, csv)
    assert taken["outcome"] == tried["outcome"] | {"isDryRun": False}
    assert taken["userErrors"] == []
    lines = taken["statement"]["lines"]["nodes"]
    assert {line["direction"]: line["instruction"] for line in lines} == {
        "IN": None,
        "OUT": {"state": "DONE"},
    }
    again = await send(payer.county, csv)
    assert again["statement"]["id"] == taken["statement"]["id"]
    assert (again["outcome"]["linesNew"], again["outcome"]["linesKnown"]) == (0, 2)
    listed = (await data(payer.county.token("finance"), LISTED))["paymentInstructions"]
    (node,) = listed["nodes"]
    assert (node["amount"], node["state"], node["payeeTail"]) == ("200.05", "DONE", PAYEE[-4:])
    assert node["lines"]["nodes"][0]["counterparty"] == f"{NAME[0]}**"
    (found,) = (await data(payer.county.token("leader"), LISTED))["paymentInstructions"]["nodes"]
    assert found == node


async def test_every_fault_names_its_row_and_column_in_the_askers_language(payer: Payer) -> None:
    csv = f"{HEADS}\n2026-1-1,S0001,1.00,IN,x,y,1.00\n2026-01-02,S0002,¥1,OUT,x,y,0.00\n"
    given = {"accountNo": OURS, "csv": csv, "dryRun": True}
    for language, word in (("zh-CN", "第 3 行“金额”"), ("en", "Row 3, amount")):
        answer = await ask(payer.county.token("finance"), IMPORT, language, input=given)
        told = answer["data"]["statementImport"]
        assert told["outcome"] is told["statement"] is None
        assert [(e["code"], e["field"]) for e in told["userErrors"]] == [
            ("DATE_INVALID", ["input", "csv", "2", "date"]),
            ("AMOUNT_INVALID", ["input", "csv", "3", "amount"]),
        ]
        assert told["userErrors"][1]["message"].startswith(word)
    unknown = await data(
        payer.county.token("finance"), IMPORT, input=given | {"accountNo": "61052600"}
    )
    (error,) = unknown["statementImport"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "accountNo"])


async def test_breaks_are_listed_with_what_they_are_about(payer: Payer) -> None:
    given = await payer.pay(700)
    rows = f"2026-01-02,S0001,6.99,OUT,某机构,{given.id},1.01\n2026-01-02,S0002,1.00,OUT,x,y,0.01\n"
    await send(payer.county, f"{HEADS}\n{rows}")
    token = payer.county.token("fund_supervisor")
    listed = await data(token, BREAKS, filter={"resolvedAt": {"isNull": True}})
    nodes = sorted(listed["reconciliationBreaks"]["nodes"], key=lambda node: node["kind"])
    assert [(n["kind"], n["line"]["serial"], n["instruction"]) for n in nodes] == [
        ("CONTENT_DIFFERS", "S0001", {"amount": "7.00"}),
        ("LINE_UNKNOWN", "S0002", None),
    ]
    only = await data(token, BREAKS, filter={"kind": {"eq": "LINE_UNKNOWN"}})
    assert only["reconciliationBreaks"]["totalCount"] == 1


async def test_a_bank_lists_what_disagrees_in_the_accounts_that_it_keeps(payer: Payer) -> None:
    ours, other = await bank_officer(payer, "CCB"), await bank_officer(payer, "ICBC")
    await send(payer.county, f"{HEADS}\n2026-01-02,S0002,1.00,OUT,x,y,0.01\n")
    counts = [
        (await data(payer.county.token(who), BREAKS))["reconciliationBreaks"]["totalCount"]
        for who in (ours, other)
    ]
    assert counts == [1, 0]


@pytest.mark.parametrize("who", ["officer1", "clue_officer", "operator", "guardian", "admin"])
async def test_others_read_no_payments(payer: Payer, who: str) -> None:
    await payer.pay()
    answer = await ask(payer.county.token(who), LISTED)
    assert answer["data"]["paymentInstructions"] is None
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_other_counties_and_supervisors_see_none(payer: Payer, other_county: County) -> None:
    await payer.pay()
    seen = await data(other_county.token("finance"), LISTED)
    assert seen["paymentInstructions"]["totalCount"] == 0
    province = tokens.issue(tokens.Identity(*await open_supervisor()))
    answer = await ask(province, LISTED)
    assert answer["data"]["paymentInstructions"] is None
