"""Inputs of the mutations of supervised accounts and alerts."""

import strawberry

from schema.funds import vocabulary as _words  # noqa: F401 - registers the enums
from schema.organisation.ids import row_id
from schema.replay import KEY
from services.funds.models import CustodyKind, OrderKind
from services.funds.service.alerts import AcknowledgeAlert, HandleAlert
from services.funds.service.custody import (
    CloseCustodyAccount,
    ConfirmOrder,
    FileCustodyAccount,
    OpenCustodyAccount,
    OrderCustodyAccount,
)

_ID = "监管账户 — id of the account"
_REASON = "理由 — 2 to 200 characters"


@strawberry.input(description="开立监管账户 — an institution's account at a bank")
class CustodyAccountOpenInput:
    institution_id: strawberry.ID = strawberry.field(description="机构 — whose account it is")
    kind: CustodyKind = strawberry.field(description="类别 — custody or deposit")
    bank_code: str = strawberry.field(description="银行代码 — 2 to 20 capitals, such as CCB")
    account_no: str = strawberry.field(description="账号 — 8 to 32 digits")
    account_name: str = strawberry.field(description="户名 — 2 to 100 characters")
    settlement_account_no: str = strawberry.field(
        description="结算账号 — where released money goes, 8 to 32 digits"
    )
    settlement_name: str = strawberry.field(description="结算户名 — 2 to 100 characters")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> OpenCustodyAccount:
        """The command in that tenant."""
        return OpenCustodyAccount(
            row_id(self.institution_id, tenant_id, "Institution"),
            self.kind,
            self.bank_code,
            self.account_no,
            self.account_name,
            self.settlement_account_no,
            self.settlement_name,
        )


@strawberry.input(description="监管账户备案 — it is filed with the authority")
class CustodyAccountFileInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    filing_no: str = strawberry.field(description="备案号 — 2 to 60 characters")

    def command(self, tenant_id: int) -> FileCustodyAccount:
        """The command in that tenant."""
        return FileCustodyAccount(row_id(self.id, tenant_id, "CustodyAccount"), self.filing_no)


@strawberry.input(description="申请冻结 — nothing is frozen until another person confirms")
class CustodyAccountFreezeInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    reason: str = strawberry.field(description=_REASON)

    def command(self, tenant_id: int) -> OrderCustodyAccount:
        """The command in that tenant."""
        account_id = row_id(self.id, tenant_id, "CustodyAccount")
        return OrderCustodyAccount(account_id, OrderKind.FREEZE, self.reason)


@strawberry.input(description="申请解冻 — it stays frozen until another person confirms")
class CustodyAccountUnfreezeInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    reason: str = strawberry.field(description=_REASON)

    def command(self, tenant_id: int) -> OrderCustodyAccount:
        """The command in that tenant."""
        account_id = row_id(self.id, tenant_id, "CustodyAccount")
        return OrderCustodyAccount(account_id, OrderKind.UNFREEZE, self.reason)


@strawberry.input(description="确认冻结 — by another person than the one who asked")
class CustodyAccountConfirmFreezeInput:
    id: strawberry.ID = strawberry.field(description=_ID)

    def command(self, tenant_id: int) -> ConfirmOrder:
        """The command in that tenant."""
        return ConfirmOrder(row_id(self.id, tenant_id, "CustodyAccount"), OrderKind.FREEZE)


@strawberry.input(description="确认解冻 — by another person than the one who asked")
class CustodyAccountConfirmUnfreezeInput:
    id: strawberry.ID = strawberry.field(description=_ID)

    def command(self, tenant_id: int) -> ConfirmOrder:
        """The command in that tenant."""
        return ConfirmOrder(row_id(self.id, tenant_id, "CustodyAccount"), OrderKind.UNFREEZE)


@strawberry.input(description="注销监管账户 — nothing is left in it")
class CustodyAccountCloseInput:
    id: strawberry.ID = strawberry.field(description=_ID)

    def command(self, tenant_id: int) -> CloseCustodyAccount:
        """The command in that tenant."""
        return CloseCustodyAccount(row_id(self.id, tenant_id, "CustodyAccount"))


@strawberry.input(description="受理资金预警 — somebody looks into it")
class FundAlertAcknowledgeInput:
    id: strawberry.ID = strawberry.field(description="资金预警 — id of the alert")

    def command(self, tenant_id: int) -> AcknowledgeAlert:
        """The command in that tenant."""
        return AcknowledgeAlert(row_id(self.id, tenant_id, "FundAlert"))


@strawberry.input(description="办结资金预警 — what came of it")
class FundAlertHandleInput:
    id: strawberry.ID = strawberry.field(description="资金预警 — id of the alert")
    disposition: str = strawberry.field(description="处置情况 — 2 to 500 characters")
    is_false_alarm: bool = strawberry.field(description="误报 — nothing was wrong")

    def command(self, tenant_id: int) -> HandleAlert:
        """The command in that tenant."""
        alert_id = row_id(self.id, tenant_id, "FundAlert")
        return HandleAlert(alert_id, self.disposition, self.is_false_alarm)
