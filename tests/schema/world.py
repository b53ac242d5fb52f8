"""Two counties with one of everything, valid input for every mutation, and a digest of all rows."""

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from infra.ids import decode_id, encode_id, new_id
from infra.money import Fen
from services.clues.conclusions import (
    AssignClue,
    ProposeConclusion,
    assign_clue,
    propose_conclusion,
)
from services.clues.models import ClueOutcome
from services.clues.queries import live_conclusion
from services.files.service import Subject, attach
from services.institutions.lists import AddListEntry, add_entry
from services.institutions.models import InstitutionCategory, ListKind, ListReason
from services.institutions.publications import DraftPublication, draft_publication
from services.institutions.service import RegisterInstitution, register_institution
from services.notifications.rules import Template
from services.notifications.service import notify_accounts
from services.payments.intake import ImportStatement, import_statement
from services.payments.models import (
    BankAccountKind,
    BankStatementLine,
    PaymentPurpose,
    ReconciliationBreak,
)
from services.payments.service import (
    InstructPayment,
    OpenBankAccount,
    instruct,
    open_bank_account,
)
from services.problems.models import ProblemSource, ViolationType
from services.problems.rectification import (
    IssueNotice,
    SubmitEvidence,
    issue_notice,
    submit_evidence,
)
from services.problems.service import (
    ConfirmProblem,
    FindProblem,
    confirm_problem,
    find_problem,
)
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.schema.asking import data
from tests.schema.books import kept_books
from tests.schema.fund_world import fund_inputs, furnish_funds
from tests.schema.reward_world import furnish_rewards, reward_inputs
from tests.services.files.uploads import staged
from tests.services.institutions.codes import uscc

ACCOUNT_NO = "6105260000001"
_HEADS = "date,serial,amount,direction,counterparty,reference,balance"


def _csv(number: int, reference: str = "利息") -> str:
    """A statement of one booking."""
    return f"{_HEADS}\n2026-01-{number:02d},S{number:08d},1.00,IN,某银行,{reference},{number}.00\n"


_REPORT = """mutation($input: ClueReportInput!) { clueReport(input: $input) {
  receipt { ticketNo secret } userErrors { code } } }"""


@dataclass
class World:
    """A county's rows as a client knows them: opaque ids and a receipt."""

    county: County
    ids: dict[str, str]
    receipt: dict[str, str]
    claimant: dict[str, str]
    """The receipt of the reward whose reporter was notified."""

    def inputs(self) -> dict[str, tuple[str | None, dict[str, Any]]]:
        """Who may call each mutation, and an input that it would take."""
        clue, unit, institution = self.ids["Clue"], self.ids["Unit"], self.ids["Institution"]
        evidence = {"note": "已现场整改完毕", "evidenceFileIds": [self.ids["StagedFile"]]}
        desk, officer = "clue_officer", "county_officer"
        place = {"tenantCode": self.county.public_code}
        return {
            "clueAccept": (desk, {"id": clue}),
            "clueReject": (desk, {"id": clue, "reason": "不属于本地管辖"}),
            "clueRequestInfo": (desk, {"id": clue, "question": "具体在几号楼？"}),
            "clueMerge": (desk, {"id": clue, "into": self.ids["Clue2"]}),
            "clueReply": (
                desk,
                {"id": self.ids["Clue3"], "text": "已经核查处理。", "channel": "PHONE",
                 "proof": "座机通话记录一则", "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "clueReporterOpen": (desk, {"id": clue, "reason": "需要电话核实情况"}),
            "clueReport": (
                None,
                place
                | {
                    "idempotencyKey": secrets.token_urlsafe(24),
                    "violationType": "UNLICENSED",
                    "subjectName": "某培训中心",
                    "facts": "周末在居民楼内上数学课，约二十人。",
                    "placeCode": "school1",
                    "placeText": "东街三号",
                    "phone": "13800138000",
                    "channel": "WEB",
                },
            ),
            "clueSupplement": (None, place | self.receipt | {"facts": "三号楼二单元，周六上午。"}),
            "deadlineExtend": (
                "leader",
                {"id": self.ids["Deadline"], "expectedVersion": 1, "days": 3,
                 "reason": "案情复杂需要延长"},
            ),
            "fileOriginalOpen": (
                officer,
                {"id": self.ids["File"], "reason": "核对拍摄时间和地点"},
            ),
            "gridOfficerAppoint": (
                officer,
                {"unitId": unit, "title": "新网格员", "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "gridTerritoryAssign": (
                officer,
                {"unitId": unit, "kind": "SCHOOL_ZONE", "code": "zone-9", "name": "第九学区"},
            ),
            "institutionRegister": (
                officer,
                {"uscc": uscc(77), "name": "新办艺术培训中心", "category": "NON_SUBJECT_ARTS",
                 "unitId": unit, "address": "西街一号",
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "institutionCorrect": (
                officer,
                {"id": self.ids["Institution"], "expectedVersion": 1, "name": "更名后的中心"},
            ),
            "institutionClose": (
                officer,
                {"id": self.ids["Institution"], "expectedVersion": 1, "reason": "自行停止办学"},
            ),
            "institutionLicenceRecord": (
                officer,
                {"id": institution, "expectedVersion": 1, "licenceNo": "教民161052670000019",
                 "licensedUntil": "2099-12-31"},
            ),
            "institutionAnnualInspectionRecord": (
                officer,
                {"id": institution, "year": 2024, "result": "QUALIFIED",
                 "document": "年检公告第3号"},
            ),
            "listEntryAdd": (
                "leader",
                {"institutionId": self.ids["Institution2"], "kind": "WHITE",
                 "reason": "COMPLIANT", "document": "局长办公会纪要"},
            ),
            "listEntryRemove": (
                "leader",
                {"id": self.ids["ListEntry"], "reason": "整改到位，经集体研究"},
            ),
            "listPublicationDraft": (officer, {"idempotencyKey": secrets.token_urlsafe(24)}),
            "listPublicationSign": (
                "leader",
                {"id": self.ids["ListPublication"],
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemFind": (
                "officer1",
                {"source": "PATROL", "violationType": "FIRE_SAFETY", "facts": "灭火器已过期。",
                 "institutionId": institution, "placeText": "二楼走廊",
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemConfirm": ("area_lead", {"id": self.ids["Problem"]}),
            "problemDismiss": ("area_lead", {"id": self.ids["Problem"], "reason": "经查不属实"}),
            "problemNotify": (officer, {"id": self.ids["Problem2"]}),
            "problemFixOnSite": ("officer1", {"id": self.ids["Problem2"]} | evidence),
            "problemNoticeIssue": (
                officer,
                {"id": self.ids["Problem2"], "goal": "消除火灾隐患",
                 "dueOn": str(date.today() + timedelta(days=10)), "measures": "更换全部灭火器",
                 "idempotencyKey": secrets.token_urlsafe(24)},
            ),
            "problemEvidenceSubmit": ("officer1", {"id": self.ids["Problem3"]} | evidence),
            "problemExtend": (
                "leader",
                {"id": self.ids["Problem3"], "days": 5, "reason": "配件需要外地采购"},
            ),
            "problemRecheck": (
                "area_lead",
                {"id": self.ids["Problem4"], "isPassed": True, "note": "现场复核已整改"},
            ),
            "clueAssign": (desk, {"id": self.ids["Clue3"], "postId": self.ids["Post"]}),
            "clueConclusionPropose": (
                desk,
                {"id": self.ids["Clue4"], "outcome": "SUBSTANTIATED", "conduct": "OVER_COLLECTION",
                 "text": "经核查存在超额收费。", "institutionId": institution},
            ),
            "clueConclude": ("leader", {"conclusionId": self.ids["ClueConclusion"]}),
            "clueConclusionReturn": (
                "leader",
                {"conclusionId": self.ids["ClueConclusion"], "reason": "证据不足，请补充核查"},
            ),
            "stagedUploadCreate": (officer, {"purpose": "EVIDENCE"}),
            "statementImport": (
                "finance", {"accountNo": ACCOUNT_NO, "csv": _csv(2), "dryRun": False}
            ),
            "ledgerStopLift": (
                "leader", {"id": self.ids["LedgerStop"], "reason": "已核对并更正"}
            ),
            "messageMarkRead": (desk, {"id": self.ids["Message"]}),
        } | reward_inputs(self.ids, self.claimant) | fund_inputs(self.ids)  # fmt: skip

    def token(self, who: str | None) -> str | None:
        """The token of an account, or none for the public."""
        return self.county.token(who) if who else None


async def _reported(county: County) -> tuple[dict[str, str], str]:
    answer = await data(
        None,
        _REPORT,
        input={
            "tenantCode": county.public_code,
            "idempotencyKey": secrets.token_urlsafe(24),
            "violationType": "UNLICENSED",
            "subjectName": "某培训中心",
            "facts": "周末在居民楼内给二十名学生上数学课。",
            "placeCode": "school1",
            "phone": "13800138000",
        },
    )
    receipt: dict[str, str] = answer["clueReport"]["receipt"]
    listed = await data(
        county.token("clue_officer"), "{ clues(first: 100) { nodes { id ticketNo } } }"
    )
    nodes = listed["clues"]["nodes"]
    return receipt, next(n["id"] for n in nodes if n["ticketNo"] == receipt["ticketNo"])


async def _uploaded(county: County) -> UUID:
    """A file of the first grid's officer, attached there."""
    principal = await county.principal("officer1")
    file_id = await staged(county, "officer1")
    async with unit_of_work(principal.scope, "test.furnish") as session:
        await attach(session, [file_id], Subject("test", new_id(), county.units["school1"]))
    return file_id


async def _problems(county: County, institution: UUID) -> dict[str, str]:
    """A problem found, one confirmed, one in rectification, one that waits for its re-check."""
    officer = await county.principal("officer1")
    bureau = await county.principal("county_officer")
    found = []
    async with unit_of_work(officer.scope, "test.furnish") as session:
        for _ in range(4):
            command = FindProblem(
                ProblemSource.PATROL, ViolationType.NO_DISCLOSURE, "收费未公示。", institution
            )
            found.append((await find_problem(session, officer, command)).id)
    due_on, photo = date.today() + timedelta(days=9), await staged(county, "officer1")
    async with unit_of_work(bureau.scope, "test.furnish") as session:
        for one in found[1:]:
            await confirm_problem(session, bureau, ConfirmProblem(one))
        for one in found[2:]:
            await issue_notice(session, bureau, IssueNotice(one, "公示到位", due_on, "张贴公示"))
    async with unit_of_work(officer.scope, "test.furnish") as session:
        handed = SubmitEvidence(found[3], "已张贴", (photo,))
        await submit_evidence(session, officer, handed)
    names = ("Problem", "Problem2", "Problem3", "Problem4")
    return {n: encode_id("Problem", county.number, i) for n, i in zip(names, found, strict=True)}


async def _decisions(county: County, institution: UUID, clue: UUID) -> dict[str, str]:
    """A black-list entry, a draft of its publication, and a conclusion that waits."""
    desk, leader = await county.principal("clue_officer"), await county.principal("leader")
    officer = await county.principal("county_officer")
    async with unit_of_work(leader.scope, "test.furnish") as session:
        listed = AddListEntry(
            institution, ListKind.BLACK, ListReason.OTHER_VIOLATION, "局长办公会纪要"
        )
        entry = await add_entry(session, leader, listed)
    async with unit_of_work(officer.scope, "test.furnish") as session:
        draft = await draft_publication(session, officer, DraftPublication())
    async with unit_of_work(desk.scope, "test.furnish") as session:
        await assign_clue(session, desk, AssignClue(clue, county.posts["officer1"]))
        proposal = ProposeConclusion(clue, ClueOutcome.UNSUBSTANTIATED, "未发现所述情形。")
        await propose_conclusion(session, desk, proposal)
        conclusion = await live_conclusion(session, clue)
    assert conclusion is not None
    return {
        "ListEntry": encode_id("ListEntry", county.number, entry.id),
        "ListPublication": encode_id("ListPublication", county.number, draft.id),
        "ClueConclusion": encode_id("ClueConclusion", county.number, conclusion.id),
    }


async def furnish(county: County, admin: asyncpg.Connection) -> World:
    """Two institutions with problems and decisions, four clues and a message.

    Of the clues the third is accepted, the first asked back, the fourth being verified.
    """
    principal = await county.principal("county_officer")
    async with unit_of_work(principal.scope, "test.furnish") as session:
        command = RegisterInstitution(
            uscc(county.number % 50),
            f"{county.public_code}艺术培训中心",
            InstitutionCategory.NON_SUBJECT_ARTS,
            county.units["school1"],
        )
        row = await register_institution(session, principal, command)
        second_row = await register_institution(
            session,
            principal,
            replace(command, uscc=uscc(county.number % 50 + 50), name="第二体育培训中心"),
        )
        await notify_accounts(
            session,
            county.number,
            [county.accounts["clue_officer"]],
            Template.CLUE_ASSIGNED,
            {"ticket": "ABCD1234"},
        )
    file_id = await _uploaded(county)
    paid = await _paid(county)
    receipt, clue = await _reported(county)
    _, second = await _reported(county)
    _, third = await _reported(county)
    _, fourth = await _reported(county)
    number = county.number
    for accepted in (third, fourth):
        await admin.execute("UPDATE clue SET status = 'ACCEPTED' WHERE id = $1", _uuid(accepted))
    await admin.execute("UPDATE clue SET status = 'NEED_INFO' WHERE id = $1", _uuid(clue))
    message = await admin.fetchval(
        "SELECT id FROM message WHERE tenant_id = $1 AND account_id = $2",
        number,
        county.accounts["clue_officer"],
    )
    deadline = await admin.fetchval(
        "SELECT id FROM deadline WHERE rule = 'clue.reply' AND subject_id = $1", _uuid(clue)
    )
    ids = {
        "Deadline": encode_id("Deadline", number, deadline),
        "Institution": encode_id("Institution", number, row.id),
        "Unit": encode_id("Unit", number, county.units["school1"]),
        "Grid": encode_id("Grid", number, county.units["school1"]),
        "Clue": clue,
        "Clue2": second,
        "Clue3": third,
        "Clue4": fourth,
        "Institution2": encode_id("Institution", number, second_row.id),
        "Post": encode_id("Post", number, county.posts["officer1"]),
        "StagedFile": encode_id("File", number, await staged(county, "officer1")),
        **await kept_books(county),
        **await _problems(county, row.id),
        **await _decisions(county, row.id, _uuid(fourth)),
        "Message": encode_id("Message", number, message),
        "File": encode_id("File", number, file_id),
    }
    claims = [await _reported(county) for _ in range(5)]
    rewards = await furnish_rewards(county, admin, [(shown, _uuid(it)) for shown, it in claims])
    funds = await furnish_funds(county)
    return World(county, ids | paid | rewards | funds, receipt, claims[2][0])


async def _paid(county: County) -> dict[str, str]:
    """An account, an instruction the bank has not seen, and a statement that speaks of it."""
    finance = await county.principal("finance")
    async with unit_of_work(finance.scope, "test.furnish") as session:
        account = await open_bank_account(
            session, OpenBankAccount(ACCOUNT_NO, "CCB", "举报奖金专户", BankAccountKind.REWARD)
        )
        order = InstructPayment(
            account.id, "6217000000000000", "某人", Fen(20_000), PaymentPurpose.REWARD,
            "reward", new_id(),
        )  # fmt: skip
        instruction = await instruct(session, order)
        command = ImportStatement(ACCOUNT_NO, _csv(1, str(instruction.id)))
        statement = (await import_statement(session, finance, command)).statement
        assert statement is not None
        line = await session.scalar(select(BankStatementLine.id))
        found = await session.scalar(select(ReconciliationBreak.id))
        assert line is not None
        assert found is not None
    rows = {
        "BankAccount": account.id,
        "PaymentInstruction": instruction.id,
        "Statement": statement.id,
        "BankStatementLine": line,
        "ReconciliationBreak": found,
    }
    return {name: encode_id(name, county.number, row) for name, row in rows.items()}


def _uuid(opaque: str) -> UUID:
    decoded = decode_id(opaque)
    assert decoded is not None
    return decoded.id


async def digest(admin: asyncpg.Connection) -> str:
    """A digest of every row of every table."""
    tables = await admin.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('division', 'calendar_day')"
    )
    parts = [
        f"SELECT '{t}' || coalesce(md5(string_agg(r::text, '|' ORDER BY r::text)), '') AS d"
        f' FROM "{t}" r'
        for (t,) in tables
    ]
    return str(
        await admin.fetchval(
            f"SELECT md5(string_agg(d, '' ORDER BY d)) FROM ({' UNION ALL '.join(parts)}) x"
        )
    )
