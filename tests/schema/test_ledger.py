"""The books through the API: who reads them, what they add up to, and how a stop is lifted."""

import asyncpg

from services.ledger.invariants import check_books
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.schema.asking import ask, data
from tests.schema.books import kept_books

_BOOKS = """{
  ledgerAccounts(first: 10) { totalCount nodes {
    code kind normalSide balance available postedDebit pendingDebit
    debits(first: 5) { nodes { amount kind phase creditAccount { code } } } } }
  ledgerTrialBalance(first: 10, groupBy: [NORMAL_SIDE]) { normalSide count debits credits }
}"""
_STOPS = """{ ledgerStops(first: 10, filter: {liftedAt: {isNull: true}}) {
  nodes { id finding accountCode transferKey liftedAt } } }"""
_LIFT = """mutation($input: LedgerStopLiftInput!) { ledgerStopLift(input: $input) {
  stop { liftedAt liftReason } userErrors { field code } } }"""


async def test_finance_reads_the_books_and_they_balance(county: County) -> None:
    await kept_books(county)
    read = await data(county.token("finance"), _BOOKS)
    accounts = {node["code"]: node for node in read["ledgerAccounts"]["nodes"]}
    assert accounts["furnished:bank"] == {
        "code": "furnished:bank", "kind": "BANK", "normalSide": "DEBIT", "balance": "123.45",
        "available": "123.45", "postedDebit": "123.45", "pendingDebit": "0.00",
        "debits": {"nodes": [{"amount": "123.45", "kind": "test.fund", "phase": "SINGLE",
                              "creditAccount": {"code": "furnished:budget"}}]},
    }  # fmt: skip
    assert accounts["furnished:budget"]["balance"] == "123.45"
    sides = read["ledgerTrialBalance"]
    assert {side["normalSide"]: side["debits"] for side in sides} == {
        "DEBIT": "123.45", "CREDIT": "0.00",
    }  # fmt: skip
    assert {side["normalSide"]: side["credits"] for side in sides} == {
        "DEBIT": "0.00", "CREDIT": "123.45",
    }  # fmt: skip


async def test_nobody_else_reads_them(county: County, other_county: County) -> None:
    ids = await kept_books(county)
    for name in ("officer1", "operator", "guardian", "clue_officer"):
        answer = await ask(county.token(name), _BOOKS)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        by_id = "query($id: ID!) { node(id: $id) { id } }"
        answer = await ask(county.token(name), by_id, id=ids["LedgerTransfer"])
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    read = await data(other_county.token("finance"), _BOOKS)
    assert read["ledgerAccounts"] == {"totalCount": 0, "nodes": []}


async def test_a_stop_is_seen_and_lifted(county: County, admin: asyncpg.Connection) -> None:
    await kept_books(county)
    await admin.execute("DELETE FROM ledger_stop")
    change = "UPDATE ledger_account SET posted_debit_fen = posted_debit_fen + $1, "
    change += "posted_credit_fen = posted_credit_fen + $1 WHERE code = 'furnished:budget'"
    await admin.execute(change, 5)
    async with unit_of_work(Scope.system(county.number), "test.check") as session:
        await check_books(session)
    seen = (await data(county.token("finance"), _STOPS))["ledgerStops"]["nodes"]
    assert [(stop["finding"], stop["accountCode"]) for stop in seen] == [
        ("ACCOUNT_SUMS", "furnished:budget")
    ]
    given = {"id": seen[0]["id"], "reason": "短"}
    told = (await data(county.token("leader"), _LIFT, input=given))["ledgerStopLift"]
    assert told == {
        "stop": None,
        "userErrors": [{"field": ["input", "reason"], "code": "TEXT_LENGTH"}],
    }
    given["reason"] = "已核对银行流水并更正"
    told = (await data(county.token("leader"), _LIFT, input=given))["ledgerStopLift"]
    assert told["userErrors"] == []
    assert told["stop"]["liftReason"] == given["reason"]
    told = (await data(county.token("leader"), _LIFT, input=given))["ledgerStopLift"]
    assert told["userErrors"] == [{"field": ["input", "id"], "code": "NOT_STOPPED"}]
    answer = await ask(county.token("finance"), _LIFT, input=given)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
