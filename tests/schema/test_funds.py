"""Prepaid fees in the API: who sees what, and the steps of a contract as clients take them."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from infra.ids import decode_id, encode_id
from schema.compiler.executor import PLANS
from schema.compiler.sources import NODES
from tenants.access import RoleCode
from tenants.scope import ALL_OF_TENANT
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.schema.fund_world import furnish_funds, usual_terms
from tests.schema.test_id_swap import by_id_documents
from tests.services.funds.funding import add_person, open_custody, open_seller, sign

LISTS = ("custodyAccounts", "contracts", "lessons", "refunds", "fundAlerts")


async def seen(token: str) -> dict[str, set[str] | None]:
    """Ids that an account finds in each list; None where it may not ask."""
    found: dict[str, set[str] | None] = {}
    for name in LISTS:
        body = await ask(token, f"{{ {name}(first: 100) {{ totalCount nodes {{ id }} }} }}")
        listed = (body.get("data") or {}).get(name)
        if listed is None:
            assert {e["extensions"]["code"] for e in body["errors"]} == {"FORBIDDEN"}
            found[name] = None
        else:
            found[name] = {node["id"] for node in listed["nodes"]}
            assert listed["totalCount"] == len(listed["nodes"])
    return found


@pytest.fixture
async def rows(county: County) -> dict[str, str]:
    """Funds in every state, of one guardian and one operator."""
    return await furnish_funds(county)


async def others(county: County) -> None:
    """Another institution, elsewhere, with another guardian."""
    await add_person(county, "operator2", RoleCode.INSTITUTION_OPERATOR)
    seller = await open_seller(county, 99, "operator2", "school2")
    await open_custody(county, seller, "6105260099999")
    await sign(county, seller, "guardian2", "operator2", usual_terms(), "G610526201501017777")


async def test_guardians_and_institutions_of_one_county_do_not_see_each_other(
    county: County, rows: dict[str, str]
) -> None:
    await others(county)
    mine = {who: await seen(county.token(who)) for who in ("guardian", "operator")}
    theirs = {who: await seen(county.token(who)) for who in ("guardian2", "operator2")}
    for one in mine.values():
        assert rows["Contract"] in (one["contracts"] or ())
        assert rows["Lesson"] in (one["lessons"] or ())
        assert rows["Refund"] in (one["refunds"] or ())
        assert one["fundAlerts"] is None
        for other in theirs.values():
            for name in LISTS:
                assert not (one[name] or set()) & (other[name] or set()), name
    assert all(len(one["contracts"] or ()) == 1 for one in theirs.values())


async def test_an_id_of_another_guardian_answers_as_an_unknown_one(
    county: County, rows: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await others(county)
    hidden = {
        name: opaque
        for name, opaque in rows.items()
        if name in ("Contract", "Lesson", "Refund", "FundAlert", "CustodyAccount")
    }

    async def leaks(who: str) -> list[str]:
        found = []
        for field, _, query in by_id_documents():
            if not any(word in field for word in ("ontract", "esson", "efund", "node", "ustody")):
                continue
            for kind, opaque in hidden.items():
                decoded = decode_id(opaque)
                assert decoded is not None
                unknown = encode_id(decoded.type, decoded.tenant_id, uuid4())
                answers = [await ask(county.token(who), query, id=it) for it in (opaque, unknown)]
                for answer in answers:
                    del answer["extensions"]["cost"]
                    for error in answer.get("errors", ()):
                        error["extensions"].pop("requestId")
                if answers[0] != answers[1]:
                    found.append(f"{field} {kind}")
        return found

    assert await leaks("guardian2") == []
    assert await leaks("operator2") == []
    # The control: a predicate that shows all is noticed.
    with monkeypatch.context() as patch:
        patch.setitem(NODES, "Contract", replace(NODES["Contract"], visible=ALL_OF_TENANT))
        PLANS.clear()
        assert await leaks("guardian2") != []
    PLANS.clear()


async def test_areas_staff_and_supervisors_see_their_part(
    county: County, rows: dict[str, str]
) -> None:
    await others(county)
    for name, unit in (("follow1", "area1"), ("follow2", "area2")):
        await add_person(county, name, RoleCode.AREA_FUND_FOLLOW, unit)
    whole = await seen(county.token("fund_supervisor"))
    assert await seen(county.token("leader")) == whole
    first, second = await seen(county.token("follow1")), await seen(county.token("follow2"))
    for name in LISTS:
        parts = (first[name] or set()), (second[name] or set())
        assert parts[0] | parts[1] == whole[name], name
        assert not parts[0] & parts[1], name
    assert len(second["contracts"] or ()) == 1
    # Staff without a part in it: accounts at most, never contracts.
    for who in ("county_officer", "clue_officer", "finance", "admin", "officer1", "area_lead"):
        found = await seen(county.token(who))
        assert found["contracts"] is found["lessons"] is found["refunds"] is None, who
    number, account = await open_supervisor()
    province = County(number, "shaanxi", {}, {}, {"supervisor": account})
    above = await seen(province.token("supervisor"))
    assert above["custodyAccounts"] == whole["custodyAccounts"]
    assert above["fundAlerts"] == whole["fundAlerts"]
    assert above["contracts"] is above["lessons"] is above["refunds"] is None
    told = await data(
        province.token("supervisor"),
        "{ custodyAccounts(first: 100) { nodes { bookBalance unconsumed refundsDue status"
        " institution { name } } } }",
    )
    assert any(it["bookBalance"] == "8000.00" for it in told["custodyAccounts"]["nodes"])
    child = await ask(
        province.token("supervisor"),
        "query($id: ID!) { node(id: $id) { id ... on Contract { childRef } } }",
        id=rows["Contract"],
    )
    assert child["data"]["node"] is None


async def test_a_deadline_leads_nobody_to_a_contract_that_is_not_theirs(
    county: County, rows: dict[str, str]
) -> None:
    """All staff sees the county's deadlines; what they are about is asked for again."""
    await _dispute(county, rows)
    asked = "{ deadlines(first: 100) { nodes { rule subject { id } } } }"

    async def subjects(who: str) -> set[str | None]:
        found = await data(county.token(who), asked)
        nodes = found["deadlines"]["nodes"]
        ours = [it for it in nodes if it["rule"] == "lesson.decide"]
        assert ours, who
        return {it["subject"] and it["subject"]["id"] for it in ours}

    assert await subjects("clue_officer") == {None}
    assert await subjects("fund_supervisor") == {rows["Lesson"]}


async def _dispute(county: County, rows: dict[str, str]) -> None:
    answer = await data(
        county.token("guardian"),
        "mutation($input: LessonRejectInput!) { lessonReject(input: $input)"
        " { lesson { status answerDueOn } userErrors { code } } }",
        input={"id": rows["Lesson"], "reason": "当天没有上课"},
    )
    assert answer["lessonReject"]["lesson"]["status"] == "DISPUTED"


async def test_what_a_guardian_reads_of_a_contract(county: County, rows: dict[str, str]) -> None:
    asked = """query($id: ID!) { contract(id: $id) { childRef guardianLogin course total paid left
      hours consumedHours status paymentReference template custodyAccount { accountNo status }
      lessons(first: 9) { totalCount nodes { amount status } }
      payments(first: 9) { nodes { serial amount status } } } }"""
    found = (await data(county.token("guardian"), asked, id=rows["Contract"]))["contract"]
    assert found["childRef"] == "G610526201501010010"
    assert (found["total"], found["paid"], found["left"]) == ("2000.00", "2000.00", "1700.00")
    assert (found["status"], found["template"]) == ("ACTIVE", "GF-2021-2604")
    assert found["lessons"]["totalCount"] == 3
    assert found["payments"]["nodes"] == [
        {"serial": "S00000", "amount": "2000.00", "status": "BOOKED"}
    ]
    assert found["custodyAccount"]["accountNo"] == "6105260010000"


DRAFT = """mutation($input: ContractDraftInput!) { contractDraft(input: $input) {
  contract { id status } userErrors { field code message } } }"""


async def test_every_broken_rule_is_told_at_once_at_its_field(
    county: County, rows: dict[str, str]
) -> None:
    command = {
        "institutionId": rows["FundInstitution"], "guardianLogin": "nobody", "childRef": "王小明",
        "course": "奥数", "category": "SUBJECT", "hours": 61, "unitPrice": "100.00",
        "total": "6000.00", "startOn": "2027-01-01", "endsOn": "2027-09-01",
    }  # fmt: skip
    told = (await data(county.token("operator"), DRAFT, input=command))["contractDraft"]
    found = {(error["field"][-1], error["code"]) for error in told["userErrors"]}
    assert found == {
        ("childRef", "CHILD_REF_INVALID"),
        ("total", "TOTAL_DIFFERS"),
        ("guardianLogin", "GUARDIAN_UNKNOWN"),
        ("endsOn", "SPAN_TOO_LONG"),
        ("hours", "HOURS_TOO_MANY"),
        ("category", "CATEGORY_UNFIT"),
    }
    clauses = [it["message"] for it in told["userErrors"] if it["code"].startswith(("SPAN", "HOU"))]
    assert all("教监管函〔2021〕2号" in message for message in clauses)


async def test_a_key_sent_again_moves_no_money_again(
    county: County, rows: dict[str, str], admin: asyncpg.Connection
) -> None:
    document = """mutation($input: LessonConfirmInput!) { lessonConfirm(input: $input) {
      lesson { id status settledBy } userErrors { code } } }"""
    command = {"id": rows["Lesson"], "idempotencyKey": str(uuid4())}
    answers: list[Any] = [
        (await data(county.token("guardian"), document, input=command))["lessonConfirm"]
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["lesson"]["settledBy"] == "GUARDIAN"
    moved = "SELECT count(*) FROM ledger_transfer WHERE kind = 'fund.lesson.payout'"
    assert await admin.fetchval(moved) == 1


async def test_alerts_of_an_institution_are_not_for_the_institution(
    county: County, rows: dict[str, str]
) -> None:
    asked = "{ institutions(first: 9) { nodes { fundAlerts(first: 9) { totalCount } } } }"
    body = await ask(county.token("operator"), asked)
    assert {error["extensions"]["code"] for error in body["errors"]} == {"FORBIDDEN"}
    found = await data(county.token("fund_supervisor"), asked)
    assert [it["fundAlerts"]["totalCount"] for it in found["institutions"]["nodes"]].count(1) == 1
    assert rows["FundAlert"]
