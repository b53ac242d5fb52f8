"""What leaves a county: counts and states, never what was written about a case."""

from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.schema.test_clues import FOLLOW, clues, key, reported, step

WORDS = "{ clues(first: 10) { nodes { status infoWanted replyText } } }"


async def test_a_supervisor_reads_neither_question_nor_answer(county: County) -> None:
    number, account = await open_supervisor()
    supervisor = County(number, "shaanxi", {}, {}, {"supervisor": account})
    await reported(county)
    (seen,) = await clues(county, "clue_officer")
    await step(county, "clueRequestInfo", f'id: "{seen["id"]}", question: "具体楼栋和时间？"')
    await step(county, "clueAccept", f'id: "{seen["id"]}"')
    fields = f'id: "{seen["id"]}", text: "某培训中心已查封。", channel: RECEIPT, {key()}'
    await step(county, "clueReply", fields)
    body = await ask(supervisor.token("supervisor"), WORDS)
    assert body["data"]["clues"]["nodes"] == [
        {"status": "ACCEPTED", "infoWanted": None, "replyText": None}
    ]
    assert {e["extensions"]["code"] for e in body["errors"]} == {"FORBIDDEN"}
    # The control: the county's own officer reads both.
    own = (await data(county.token("clue_officer"), WORDS))["clues"]["nodes"]
    assert own == [
        {
            "status": "ACCEPTED",
            "infoWanted": "具体楼栋和时间？",
            "replyText": "某培训中心已查封。",
        }
    ]


async def test_a_supplement_is_no_way_round_the_back_off(county: County) -> None:
    receipt = await reported(county)
    document = """mutation($input: ClueSupplementInput!) { clueSupplement(input: $input) {
      userErrors { field code } } }"""
    given = {
        "tenantCode": county.public_code,
        "ticketNo": receipt["ticketNo"],
        "secret": "0" * 17,
        "facts": "三号楼二单元。",
    }
    first = await data(None, document, input=given)
    assert first["clueSupplement"]["userErrors"] == [
        {"field": ["input", "secret"], "code": "NOT_FOUND"}
    ]
    codes = set()
    for _ in range(8):
        body = await ask(None, document, input=given)
        codes |= {e["extensions"]["code"] for e in body.get("errors", [])}
    assert codes == {"THROTTLED"}
    # One account of mistakes for both doors, and another ticket is not held up.
    names = {"t": county.public_code, "n": receipt["ticketNo"], "s": "0" * 17}
    followed = await ask(None, FOLLOW, **names)
    assert followed["errors"][0]["extensions"]["code"] == "THROTTLED"
    other = await reported(county)
    right = {"t": county.public_code, "n": other["ticketNo"], "s": other["secret"]}
    assert (await data(None, FOLLOW, **right))["clueFollow"]["status"] == "RECEIVED"
