"""Commands of prepaid fees in the API."""

import strawberry

from schema.fields import changed, mutation
from schema.funds.account_inputs import (
    CustodyAccountCloseInput,
    CustodyAccountConfirmFreezeInput,
    CustodyAccountConfirmUnfreezeInput,
    CustodyAccountFileInput,
    CustodyAccountFreezeInput,
    CustodyAccountOpenInput,
    CustodyAccountUnfreezeInput,
    FundAlertAcknowledgeInput,
    FundAlertHandleInput,
)
from schema.funds.accounts import CustodyAccount, FundAlert
from schema.funds.contracts import Contract, Lesson, Refund
from schema.funds.inputs import (
    ContractDraftInput,
    ContractRecordPaymentInput,
    ContractSignInput,
    LessonConfirmInput,
    LessonDecideInput,
    LessonRejectInput,
    LessonReleaseInput,
    LessonRequestInput,
    RefundAgreeInput,
    RefundDecideInput,
    RefundObjectInput,
    RefundPayInput,
    RefundRequestInput,
)
from schema.payloads import payload, shown
from services.funds.errors import (
    ContractErrorCode,
    CustodyAccountErrorCode,
    FundAlertErrorCode,
    LessonErrorCode,
    RefundErrorCode,
)
from services.funds.service import alerts, contracts, custody, lessons, receiving, refunds
from tenants.access import Permission


@payload(CustodyAccountErrorCode, "监管账户操作结果 — the account, or why the command was refused")
class CustodyAccountPayload:
    custody_account: CustodyAccount | None = shown("监管账户 — as it is now")


@payload(FundAlertErrorCode, "资金预警操作结果 — the alert, or why the command was refused")
class FundAlertPayload:
    fund_alert: FundAlert | None = shown("资金预警 — as it is now")


@strawberry.type
class CustodyAccountMutation:
    @mutation(
        "开立监管账户 — enter an institution's account at a bank",
        action="custody.open",
        permission=Permission.CUSTODY_OPEN,
        idempotent=True,
    )
    async def custody_account_open(
        self, info: strawberry.Info, input: CustodyAccountOpenInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.open_custody_account, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "监管账户备案 — note that an account is filed",
        action="custody.file",
        permission=Permission.CUSTODY_OPEN,
    )
    async def custody_account_file(
        self, info: strawberry.Info, input: CustodyAccountFileInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.file_custody_account, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "申请冻结 — ask for an account to be frozen",
        action="custody.freeze",
        permission=Permission.CUSTODY_FREEZE,
    )
    async def custody_account_freeze(
        self, info: strawberry.Info, input: CustodyAccountFreezeInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.order_custody_account, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "确认冻结 — confirm what another person asked for",
        action="custody.confirm_freeze",
        permission=Permission.CUSTODY_FREEZE,
    )
    async def custody_account_confirm_freeze(
        self, info: strawberry.Info, input: CustodyAccountConfirmFreezeInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.confirm_order, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "申请解冻 — ask for an account to go on",
        action="custody.unfreeze",
        permission=Permission.CUSTODY_FREEZE,
    )
    async def custody_account_unfreeze(
        self, info: strawberry.Info, input: CustodyAccountUnfreezeInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.order_custody_account, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "确认解冻 — confirm what another person asked for",
        action="custody.confirm_unfreeze",
        permission=Permission.CUSTODY_FREEZE,
    )
    async def custody_account_confirm_unfreeze(
        self, info: strawberry.Info, input: CustodyAccountConfirmUnfreezeInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.confirm_order, info, input)
        return CustodyAccountPayload(custody_account=row)

    @mutation(
        "注销监管账户 — give an empty account up",
        action="custody.close",
        permission=Permission.CUSTODY_OPEN,
    )
    async def custody_account_close(
        self, info: strawberry.Info, input: CustodyAccountCloseInput
    ) -> CustodyAccountPayload | None:
        row = await changed(CustodyAccount, custody.close_custody_account, info, input)
        return CustodyAccountPayload(custody_account=row)


@strawberry.type
class FundAlertMutation:
    @mutation(
        "受理资金预警 — take an alert up",
        action="fund_alert.acknowledge",
        permission=Permission.FUND_ALERT_HANDLE,
    )
    async def fund_alert_acknowledge(
        self, info: strawberry.Info, input: FundAlertAcknowledgeInput
    ) -> FundAlertPayload | None:
        row = await changed(FundAlert, alerts.acknowledge_alert, info, input)
        return FundAlertPayload(fund_alert=row)

    @mutation(
        "办结资金预警 — close an alert with what came of it",
        action="fund_alert.handle",
        permission=Permission.FUND_ALERT_HANDLE,
    )
    async def fund_alert_handle(
        self, info: strawberry.Info, input: FundAlertHandleInput
    ) -> FundAlertPayload | None:
        row = await changed(FundAlert, alerts.handle_alert, info, input)
        return FundAlertPayload(fund_alert=row)


@payload(ContractErrorCode, "合同操作结果 — the contract, or why the command was refused")
class ContractPayload:
    contract: Contract | None = shown("合同 — as it is now")


@payload(LessonErrorCode, "消课操作结果 — the lesson, or why the command was refused")
class LessonPayload:
    lesson: Lesson | None = shown("消课 — as it is now")


@payload(RefundErrorCode, "退费操作结果 — the refund, or why the command was refused")
class RefundPayload:
    refund: Refund | None = shown("退费申请 — as it is now")


@strawberry.type
class ContractMutation:
    @mutation(
        "起草合同 — offer a contract to a guardian",
        action="contract.draft",
        permission=Permission.CONTRACT_DRAFT,
    )
    async def contract_draft(
        self, info: strawberry.Info, input: ContractDraftInput
    ) -> ContractPayload | None:
        row = await changed(Contract, contracts.draft_contract, info, input)
        return ContractPayload(contract=row)

    @mutation(
        "签署合同 — the guardian signs, if all rules hold on this day",
        action="contract.sign",
        permission=Permission.CONTRACT_SIGN,
    )
    async def contract_sign(
        self, info: strawberry.Info, input: ContractSignInput
    ) -> ContractPayload | None:
        row = await changed(Contract, contracts.sign_contract, info, input)
        return ContractPayload(contract=row)

    @mutation(
        "登记缴费 — book a payment under the bank's serial number, once",
        action="contract.record_payment",
        permission=Permission.CONTRACT_BOOK,
        money=True,
    )
    async def contract_record_payment(
        self, info: strawberry.Info, input: ContractRecordPaymentInput
    ) -> ContractPayload | None:
        row = await changed(Contract, receiving.record_payment, info, input)
        return ContractPayload(contract=row)


@strawberry.type
class LessonMutation:
    @mutation(
        "申请消课 — ask the guardian to confirm hours; their price is held",
        action="lesson.request",
        permission=Permission.LESSON_REQUEST,
        money=True,
    )
    async def lesson_request(
        self, info: strawberry.Info, input: LessonRequestInput
    ) -> LessonPayload | None:
        row = await changed(Lesson, lessons.request_lesson, info, input)
        return LessonPayload(lesson=row)

    @mutation(
        "确认消课 — confirm hours and release their price",
        action="lesson.confirm",
        permission=Permission.LESSON_CONFIRM,
        money=True,
    )
    async def lesson_confirm(
        self, info: strawberry.Info, input: LessonConfirmInput
    ) -> LessonPayload | None:
        row = await changed(Lesson, lessons.confirm_lesson, info, input)
        return LessonPayload(lesson=row)

    @mutation(
        "对消课提出异议 — say that hours were not taught",
        action="lesson.reject",
        permission=Permission.LESSON_CONFIRM,
    )
    async def lesson_reject(
        self, info: strawberry.Info, input: LessonRejectInput
    ) -> LessonPayload | None:
        row = await changed(Lesson, lessons.reject_lesson, info, input)
        return LessonPayload(lesson=row)

    @mutation(
        "裁定消课争议 — decide between guardian and institution",
        action="lesson.decide",
        permission=Permission.LESSON_DECIDE,
        money=True,
    )
    async def lesson_decide(
        self, info: strawberry.Info, input: LessonDecideInput
    ) -> LessonPayload | None:
        row = await changed(Lesson, lessons.decide_lesson, info, input)
        return LessonPayload(lesson=row)

    @mutation(
        "重新拨付 — tell the bank again after it refused",
        action="lesson.release",
        permission=Permission.LESSON_DECIDE,
        money=True,
    )
    async def lesson_release(
        self, info: strawberry.Info, input: LessonReleaseInput
    ) -> LessonPayload | None:
        row = await changed(Lesson, lessons.release_lesson, info, input)
        return LessonPayload(lesson=row)


@strawberry.type
class RefundMutation:
    @mutation(
        "申请退费 — ask for what is not consumed; it is held",
        action="refund.request",
        permission=Permission.REFUND_REQUEST,
        money=True,
    )
    async def refund_request(
        self, info: strawberry.Info, input: RefundRequestInput
    ) -> RefundPayload | None:
        row = await changed(Refund, refunds.request_refund, info, input)
        return RefundPayload(refund=row)

    @mutation(
        "同意退费 — agree, and have the bank pay",
        action="refund.agree",
        permission=Permission.REFUND_ANSWER,
        money=True,
    )
    async def refund_agree(
        self, info: strawberry.Info, input: RefundAgreeInput
    ) -> RefundPayload | None:
        row = await changed(Refund, refunds.agree_refund, info, input)
        return RefundPayload(refund=row)

    @mutation(
        "对退费提出异议 — object, with the reason",
        action="refund.object",
        permission=Permission.REFUND_ANSWER,
    )
    async def refund_object(
        self, info: strawberry.Info, input: RefundObjectInput
    ) -> RefundPayload | None:
        row = await changed(Refund, refunds.object_refund, info, input)
        return RefundPayload(refund=row)

    @mutation(
        "裁定退费争议 — decide between guardian and institution",
        action="refund.decide",
        permission=Permission.REFUND_DECIDE,
        money=True,
    )
    async def refund_decide(
        self, info: strawberry.Info, input: RefundDecideInput
    ) -> RefundPayload | None:
        row = await changed(Refund, refunds.decide_refund, info, input)
        return RefundPayload(refund=row)

    @mutation(
        "重新支付退费 — tell the bank again after it refused",
        action="refund.pay",
        permission=Permission.REFUND_DECIDE,
        money=True,
    )
    async def refund_pay(
        self, info: strawberry.Info, input: RefundPayInput
    ) -> RefundPayload | None:
        row = await changed(Refund, refunds.pay_refund, info, input)
        return RefundPayload(refund=row)
