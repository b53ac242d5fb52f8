"""Problems, lists and conclusions through the API: a whole way, and who sees what of it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from infra.ids import encode_id
from services.institutions.service import seat_operator
from tenants.auth import tokens
from tenants.session import unit_of_work
from tests.harness.county import County, open_supervisor
from tests.schema.asking import ask, data
from tests.schema.world import World
from tests.services.files.uploads import staged
from tests.services.problems.steps import confirmed, found, handed_in, noticed, registered

DUE = date.today() + timedelta(days=10)
PROBLEMS = """{ problems(first: 2) { nodes { id status facts isOverdue rectificationDueOn
  institution { name } unit { name }
  notices(first: 2) { nodes { documentNo status goal dueOn } }
  evidence(first: 2) { nodes { note files(first: 2) { nodes { file { status } } } } }
  rechecks(first: 2) { nodes { isPassed rechecked_by: recheckedBy { title } } } } } }"""
SEEN = "{ problems(first: 100) { nodes { id } } }"


async def act(county: County, who: str, name: str, shows: str, **given: Any) -> dict[str, Any]:
    """What a mutation answers."""
    document = (
        f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input)"
        f" {{ {shows} userErrors {{ field code }} }} }}"
    )
    answer: dict[str, Any] = (await data(county.token(who), document, input=given))[name]
    return answer


def opaque(kind: str, county: County, row: UUID) -> str:
    """An id as a client knows it."""
    return encode_id(kind, county.number, row)


async def seated(county: County, institution: UUID) -> None:
    """The operator's account acts for an institution."""
    officer = await county.principal("county_officer")
    async with unit_of_work(officer.scope, "test.seat") as session:
        await seat_operator(session, officer, institution, county.accounts["operator"])


async def test_from_the_patrol_to_the_write_off(county: County) -> None:
    institution = await registered(county)
    await seated(county, institution)
    made = await act(
        county, "officer1", "problemFind", "problem { id status source foundBy { title } }",
        source="PATROL", violationType="NO_DISCLOSURE", facts="收费标准未公示。",
        institutionId=opaque("Institution", county, institution), idempotencyKey=str(uuid4()),
    )  # fmt: skip
    problem = made["problem"]["id"]
    assert made["problem"]["status"] == "FOUND"
    assert made["problem"]["foundBy"] == {"title": "第一网格员"}
    await act(county, "area_lead", "problemConfirm", "problem { id }", id=problem)
    bare = await act(
        county, "county_officer", "problemNoticeIssue", "problem { id }",
        id=problem, idempotencyKey=str(uuid4()),
    )  # fmt: skip
    assert [(e["code"], e["field"]) for e in bare["userErrors"]] == [
        ("GOAL_MISSING", ["input", "goal"]),
        ("DUE_MISSING", ["input", "dueOn"]),
        ("MEASURES_MISSING", ["input", "measures"]),
    ]
    notice = {
        "id": problem, "goal": "公示到位", "dueOn": str(DUE), "measures": "张贴收费标准",
        "idempotencyKey": str(uuid4()),
    }  # fmt: skip
    shows = "problem { status rectificationDueOn notices(first: 5) { nodes { documentNo } } }"
    issued = await act(county, "county_officer", "problemNoticeIssue", shows, **notice)
    again = await act(county, "county_officer", "problemNoticeIssue", shows, **notice)
    assert issued == again
    assert issued["problem"] == {
        "status": "RECTIFYING",
        "rectificationDueOn": str(DUE),
        "notices": {"nodes": [{"documentNo": f"〔{date.today().year}〕第1号"}]},
    }
    photo = opaque("File", county, await staged(county, "operator"))
    sent = await act(
        county, "operator", "problemEvidenceSubmit", "problem { status }",
        id=problem, note="已张贴公示", evidenceFileIds=[photo],
    )  # fmt: skip
    assert sent["problem"] == {"status": "PENDING_RECHECK"}
    refused = await act(
        county, "area_lead", "problemRecheck", "problem { status }",
        id=problem, isPassed=True, note="现",
    )  # fmt: skip
    assert [e["code"] for e in refused["userErrors"]] == ["TEXT_LENGTH"]
    closed = await act(
        county, "area_lead", "problemRecheck", "problem { status writtenOffAt }",
        id=problem, isPassed=True, note="现场复核已公示",
    )  # fmt: skip
    assert closed["problem"]["status"] == "WRITTEN_OFF" and closed["problem"]["writtenOffAt"]
    (node,) = (await data(county.token("leader"), PROBLEMS))["problems"]["nodes"]
    assert node["evidence"]["nodes"][0]["files"]["nodes"] == [{"file": {"status": "ATTACHED"}}]
    assert node["rechecks"]["nodes"] == [
        {"isPassed": True, "rechecked_by": {"title": "第一片区负责人"}}
    ]


async def test_who_sees_which_problem(
    county: County, other_county: County, admin: asyncpg.Connection
) -> None:
    near, far = await registered(county), await registered(county, 2, "school2")
    await seated(county, near)
    inside, told = await found(county, near), await confirmed(county, near)
    await noticed(county, told, DUE)
    await handed_in(county, told)
    other = await found(county, far, "officer2")
    foreign = await found(other_county, await registered(other_county))
    province, account = await open_supervisor()
    supervisor = tokens.issue(tokens.Identity(province, account))
    ids = {
        name: opaque("Problem", owner, row)
        for name, owner, row in (
            ("inside", county, inside),
            ("told", county, told),
            ("other", county, other),
            ("foreign", other_county, foreign),
        )
    }
    for token, seen in (
        (county.token("officer1"), {"inside", "told"}),
        (county.token("area_lead"), {"inside", "told"}),
        (county.token("officer2"), {"other"}),
        (county.token("county_officer"), {"inside", "told", "other"}),
        # What is not confirmed and told is the bureau's own.
        (county.token("operator"), {"told"}),
        (other_county.token("leader"), {"foreign"}),
        (supervisor, {"inside", "told", "other", "foreign"}),
    ):
        listed = (await data(token, SEEN))["problems"]["nodes"]
        assert {node["id"] for node in listed} == {ids[name] for name in seen}
        for name, one in ids.items():
            document = "query($id: ID!) { problem(id: $id) { id } node(id: $id) { id } }"
            answer = await data(token, document, id=one)
            wanted = {"id": one} if name in seen else None
            assert answer == {"problem": wanted, "node": wanted}


async def test_an_institution_cannot_tell_no_report_from_three(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    """A problem of a clue looks to its institution as one of a patrol does."""
    institution = await admin.fetchval("SELECT institution_id FROM problem LIMIT 1")
    await seated(county, institution)
    for step, who, given in (
        ("clueConclusionPropose", "clue_officer", {}),
        ("clueConclude", "leader", None),
    ):
        if given is None:
            waiting = await admin.fetchval(
                "SELECT id FROM clue_conclusion WHERE status = 'PROPOSED'"
            )
            given = {"conclusionId": opaque("ClueConclusion", county, waiting)}
        else:
            given = mine.inputs()[step][1]
        assert (await act(county, who, step, "clue { status }", **given))["userErrors"] == []
    born = await admin.fetchval("SELECT id FROM problem WHERE source = 'CLUE'")
    await noticed(county, born, DUE)
    fields = """id violationType status facts mode round rectificationDueOn isOverdue notifiedAt
      institution { name } unit { name } notices(first: 5) { nodes { documentNo goal } }"""
    token = county.token("operator")
    listed = await data(token, f"{{ problems(first: 100) {{ nodes {{ {fields} }} }} }}")
    nodes = [n for n in listed["problems"]["nodes"] if n["status"] == "RECTIFYING"]
    assert {node["violationType"] for node in nodes} == {"NO_DISCLOSURE", "OVER_COLLECTION"}
    assert len({tuple((key, node[key] is None) for key in node) for node in nodes}) == 1
    # Found and confirmed at one instant would tell that a conclusion was signed.
    for field in ("source", "confirmedAt", "foundBy { title }"):
        denied = await ask(token, f"{{ problems(first: 100) {{ nodes {{ {field} }} }} }}")
        assert {e["extensions"]["code"] for e in denied["errors"]} == {"FORBIDDEN"}
        assert all(not any(node.values()) for node in denied["data"]["problems"]["nodes"])
    for root in ("clues", "listEntries"):
        denied = await ask(token, f"{{ {root}(first: 10) {{ nodes {{ id }} }} }}")
        assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    # The control: who knows of clues is told where it came from.
    told = await data(county.token("leader"), "{ problems(first: 100) { nodes { source } } }")
    assert {node["source"] for node in told["problems"]["nodes"]} == {"PATROL", "CLUE"}


async def test_supervisors_read_no_personal_column(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    province, account = await open_supervisor()
    token = tokens.issue(tokens.Identity(province, account))
    for field in (
        "facts", "subjectName", "placeText", "statusReason",
        "evidence(first: 5) { nodes { id } }",
    ):  # fmt: skip
        denied = await ask(token, f"{{ problems(first: 100) {{ nodes {{ {field} }} }} }}")
        assert {e["extensions"]["code"] for e in denied["errors"]} == {"FORBIDDEN"}, field
    read = await data(
        token,
        """{ problems(first: 100) { nodes { source violationType status rectificationDueOn isOverdue
          notices(first: 5) { nodes { documentNo status } }
          rechecks(first: 5) { nodes { isPassed } } } }
          listEntries(first: 5) { nodes { kind reason institution { name } } }
          problemStats(first: 5, groupBy: [STATUS]) { status count } }""",
    )
    assert len(read["problems"]["nodes"]) == 4
    assert read["listEntries"]["nodes"][0]["kind"] == "BLACK"
    assert sum(group["count"] for group in read["problemStats"]) == 4


async def test_lists_and_results_are_read_at_the_institution(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    for who, name, shows in (
        ("county_officer", "institutionAnnualInspectionRecord", "institution { id }"),
        ("leader", "listPublicationSign", "publication { status batchNo signedBy { title } }"),
    ):
        answer = await act(county, who, name, shows, **mine.inputs()[name][1])
        assert answer["userErrors"] == []
    assert answer["publication"] == {
        "status": "SIGNED", "batchNo": 1, "signedBy": {"title": "分管领导"},
    }  # fmt: skip
    read = await data(
        county.token("officer1"),
        """query($id: ID!) { institution(id: $id) { listed licenceNo
          listEntries(first: 5) { nodes { kind reason basisKind basisText removedAt } }
          annualInspections(first: 5) { nodes { year result supersededAt } } }
          listPublications(first: 5) { nodes { entries(first: 50) { nodes { kind name } } } } }""",
        id=mine.ids["Institution"],
    )
    assert read["institution"] == {
        "listed": "BLACK",
        "licenceNo": None,
        "listEntries": {"nodes": [{
            "kind": "BLACK", "reason": "OTHER_VIOLATION", "basisKind": "DOCUMENT",
            "basisText": "局长办公会纪要", "removedAt": None,
        }]},
        "annualInspections": {"nodes": [
            {"year": 2024, "result": "QUALIFIED", "supersededAt": None}
        ]},
    }  # fmt: skip
    (publication,) = read["listPublications"]["nodes"]
    black = [entry for entry in publication["entries"]["nodes"] if entry["kind"] == "BLACK"]
    assert black == [{"kind": "BLACK", "name": "pucheng艺术培训中心"}]


async def test_drafts_of_publications_stay_in_the_bureau(
    county: County, admin: asyncpg.Connection, mine: World
) -> None:
    listing = "{ listPublications(first: 5) { totalCount } }"
    for who, count in (("officer1", 0), ("area_lead", 0), ("leader", 1), ("county_officer", 1)):
        assert (await data(county.token(who), listing))["listPublications"]["totalCount"] == count
