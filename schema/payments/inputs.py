"""Inputs of the statement mutations."""

import strawberry

from services.payments.intake import ImportStatement


@strawberry.input(description="导入对账单 — a bank's statement of one account as CSV")
class StatementImportInput:
    account_no: str = strawberry.field(description="账号 — number of the account it states")
    csv: str = strawberry.field(
        description="文件内容 — heads 交易日期,流水号,金额,借贷方向,对方户名,附言,余额 (or date, "
        "serial, amount, direction, counterparty, reference, balance), then a row per booking; "
        "at most 20,000 characters, split a longer file by days"
    )
    dry_run: bool = strawberry.field(
        description="试运行 — true: say what the import would do, and write nothing"
    )

    def command(self, tenant_id: int) -> ImportStatement:
        """The command in that tenant."""
        return ImportStatement(self.account_no, self.csv, self.dry_run)
