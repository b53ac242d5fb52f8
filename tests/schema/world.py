"""Two counties with one of everything, valid input for every mutation, and a digest of all rows."""

import secrets
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from infra.ids import GlobalId, decode_id, encode_id, new_id
from infra.money import Fen
from services.files.service import Subject, attach
from services.institutions.models import InstitutionCategory
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
from tenants.auth import tokens
from tenants.session import unit_of_work
from tests.harness.county import County
from tests.schema.asking import data
from tests.schema.books import kept_books
from tests.schema.fund_world import fund_inputs, furnish_funds
from tests.schema.oversight_world import (
    furnish_oversight,
    oversight_inputs,
    supervisor_of,
)
from tests.schema.problem_world import furnish_problems, problem_inputs
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
    supervisor: tuple[int, UUID]
    above: dict[str, str]
    """Papers about the county that its province keeps."""

    def inputs(self) -> dict[str, tuple[str | None, dict[str, Any]]]:
        """Who may call each mutation, and an input that it would take."""
        clue, unit = self.ids["Clue"], self.ids["Unit"]
        desk, officer = "clue_officer", "county_officer"
        place = {"tenantCode": self.county.public_code}
        return (
            {
                "clueAccept": (desk, {"id": clue}),
                "clueReject": (desk, {"id": clue, "reason": "不属于本地管辖"}),
                "clueRequestInfo": (desk, {"id": clue, "question": "具体在几号楼？"}),
                "clueMerge": (desk, {"id": clue, "into": self.ids["Clue2"]}),
                "clueReply": (
                    desk,
                    {
                        "id": self.ids["Clue3"],
                        "text": "已经核查处理。",
                        "channel": "PHONE",
                        "proof": "座机通话记录一则",
                        "idempotencyKey": secrets.token_urlsafe(24),
                    },
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
                "clueSupplement": (
                    None,
                    place | self.receipt | {"facts": "三号楼二单元，周六上午。"},
                ),
                "deadlineExtend": (
                    "leader",
                    {
                        "id": self.ids["Deadline"],
                        "expectedVersion": 1,
                        "days": 3,
                        "reason": "案情复杂需要延长",
                    },
                ),
                "fileOriginalOpen": (
                    officer,
                    {"id": self.ids["File"], "reason": "核对拍摄时间和地点"},
                ),
                "gridOfficerAppoint": (
                    officer,
                    {
                        "unitId": unit,
                        "title": "新网格员",
                        "idempotencyKey": secrets.token_urlsafe(24),
                    },
                ),
                "gridTerritoryAssign": (
                    officer,
                    {"unitId": unit, "kind": "SCHOOL_ZONE", "code": "zone-9", "name": "第九学区"},
                ),
                "institutionRegister": (
                    officer,
                    {
                        "uscc": uscc(77),
                        "name": "新办艺术培训中心",
                        "category": "NON_SUBJECT_ARTS",
                        "unitId": unit,
                        "address": "西街一号",
                        "idempotencyKey": secrets.token_urlsafe(24),
                    },
                ),
                "institutionCorrect": (
                    officer,
                    {"id": self.ids["Institution"], "expectedVersion": 1, "name": "更名后的中心"},
                ),
                "institutionClose": (
                    officer,
                    {"id": self.ids["Institution"], "expectedVersion": 1, "reason": "自行停止办学"},
                ),
                "stagedUploadCreate": (officer, {"purpose": "EVIDENCE"}),
                "statementImport": (
                    "finance",
                    {"accountNo": ACCOUNT_NO, "csv": _csv(2), "dryRun": False},
                ),
                "ledgerStopLift": (
                    "leader",
                    {"id": self.ids["LedgerStop"], "reason": "已核对并更正"},
                ),
                "messageMarkRead": (desk, {"id": self.ids["Message"]}),
            }
            | problem_inputs(self.ids)
            | reward_inputs(self.ids, self.claimant)
            | fund_inputs(self.ids)
            | oversight_inputs(self.county, self.ids["OversightDocument"], self.above)
        )

    def token(self, who: str | None) -> str | None:
        """The token of an account, or none for the public."""
        if who == "supervisor":
            return tokens.issue(tokens.Identity(*self.supervisor))
        return self.county.token(who) if who else None


def telling(ids: dict[str, str], wanted: str | None) -> dict[str, str]:
    """Of each type one id; where one of a type is `wanted`, that type's and a single other.

    What an id of the wrong type does, it does whatever it names, so more would tell nothing more.
    """
    by_type = {_decoded(opaque).type: opaque for opaque in ids.values()}
    if wanted is None:
        return by_type
    stranger = "Message" if wanted != "Message" else "Unit"
    return {kind: by_type[kind] for kind in (wanted, stranger) if kind in by_type}


def wanted_type(valid: Any) -> str | None:
    """The type that a good value of an id argument has; None where there is no such value."""
    value = valid[0] if isinstance(valid, list) else valid
    return None if value is None else _decoded(value).type


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
    # Before the month's lists are drafted: what sells has to be white-listed.
    funds = await furnish_funds(county)
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
        **await kept_books(county),
        **await furnish_problems(county, row.id, _uuid(fourth)),
        "Message": encode_id("Message", number, message),
        "File": encode_id("File", number, file_id),
    }
    claims = [await _reported(county) for _ in range(5)]
    rewards = await furnish_rewards(county, admin, [(shown, _uuid(it)) for shown, it in claims])
    supervisor = await supervisor_of(admin)
    ids["OversightDocument"], above = await furnish_oversight(county)
    every = ids | paid | rewards | funds
    return World(county, every, receipt, claims[2][0], supervisor, above)


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


def _decoded(opaque: str) -> GlobalId:
    decoded = decode_id(opaque)
    assert decoded is not None
    return decoded


def _uuid(opaque: str) -> UUID:
    return _decoded(opaque).id


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
