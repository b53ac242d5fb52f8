"""Commands of statements in the API."""

from datetime import date

import strawberry

from infra.money import yuan
from schema.compiler.sources import read
from schema.fields import done, mutation
from schema.payloads import payload, shown
from schema.payments.inputs import StatementImportInput
from schema.payments.types import Statement
from schema.scalars import Money
from services.payments import intake
from services.payments.errors import StatementErrorCode
from tenants.access import Permission


@strawberry.type(description="导入结果 — what a statement's file holds; the same for a dry run")
class StatementOutcome:
    lines_read: int = strawberry.field(description="读取行数 — rows of the file")
    lines_new: int = strawberry.field(description="新增行数 — rows that were not there before")
    lines_known: int = strawberry.field(description="已有行数 — rows that were there already")
    received: Money = strawberry.field(description="收入合计 — money received, all rows")
    paid: Money = strawberry.field(description="支出合计 — money paid, all rows")
    from_on: date = strawberry.field(description="起始日 — day of the first booking")
    to_on: date = strawberry.field(description="截止日 — day of the last booking")
    is_dry_run: bool = strawberry.field(description="是否试运行 — whether nothing was written")


@payload(StatementErrorCode, "对账单导入结果 — the statement, or every fault with row and column")
class StatementPayload:
    statement: Statement | None = shown(
        "对账单 — the import; of a file imported before the first one, of a dry run none"
    )
    outcome: StatementOutcome | None = shown("结果 — what the file holds")


@strawberry.type
class StatementMutation:
    @mutation(
        "导入对账单 — take in a bank's statement, all of it or nothing; again it changes nothing",
        action="statement.import",
        permission=Permission.STATEMENT_IMPORT,
    )
    async def statement_import(
        self, info: strawberry.Info, input: StatementImportInput
    ) -> StatementPayload | None:
        found = await done(intake.import_statement, info, input)
        made = found.statement
        return StatementPayload(
            statement=read(Statement, made.id, made.tenant_id) if made else None,
            outcome=StatementOutcome(
                lines_read=found.lines_read,
                lines_new=found.lines_new,
                lines_known=found.lines_known,
                received=Money(yuan(found.received_fen)),
                paid=Money(yuan(found.paid_fen)),
                from_on=found.from_on,
                to_on=found.to_on,
                is_dry_run=found.is_dry_run,
            ),
        )
