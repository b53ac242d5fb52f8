"""Commands of the institution register in the API."""

import strawberry

from schema.fields import changed, mutation
from schema.institutions.inputs import (
    InstitutionCloseInput,
    InstitutionCorrectInput,
    InstitutionRegisterInput,
)
from schema.institutions.list_inputs import (
    InstitutionAnnualInspectionRecordInput,
    InstitutionLicenceRecordInput,
    ListEntryAddInput,
    ListEntryRemoveInput,
    ListPublicationDraftInput,
    ListPublicationSignInput,
)
from schema.institutions.lists import ListEntry, ListPublication
from schema.institutions.types import Institution
from schema.payloads import payload, shown
from services.institutions import annual, lists, publications, service
from services.institutions.errors import InstitutionErrorCode, ListErrorCode
from tenants.access import Permission


@payload(InstitutionErrorCode, "机构操作结果 — the institution, or why the command was refused")
class InstitutionPayload:
    institution: Institution | None = shown("机构 — as it is now; with CONFLICT the present state")


@payload(ListErrorCode, "名单操作结果 — the entry, or why the command was refused")
class ListEntryPayload:
    entry: ListEntry | None = shown("名单条目 — as it is now")


@payload(ListErrorCode, "名单公布结果 — the publication, or why the command was refused")
class ListPublicationPayload:
    publication: ListPublication | None = shown("名单公布 — as it is now")


@strawberry.type
class InstitutionMutation:
    @mutation(
        "登记机构 — enter an institution into the register",
        action="institution.register",
        permission=Permission.INSTITUTION_MANAGE,
        idempotent=True,
    )
    async def institution_register(
        self, info: strawberry.Info, input: InstitutionRegisterInput
    ) -> InstitutionPayload | None:
        return InstitutionPayload(
            institution=await changed(Institution, service.register_institution, info, input)
        )

    @mutation(
        "更正机构 — correct an entry of the register",
        action="institution.correct",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_correct(
        self, info: strawberry.Info, input: InstitutionCorrectInput
    ) -> InstitutionPayload | None:
        return InstitutionPayload(
            institution=await changed(Institution, service.correct_institution, info, input)
        )

    @mutation(
        "关停机构 — close an institution with the reason",
        action="institution.close",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_close(
        self, info: strawberry.Info, input: InstitutionCloseInput
    ) -> InstitutionPayload | None:
        return InstitutionPayload(
            institution=await changed(Institution, service.close_institution, info, input)
        )

    @mutation(
        "登记许可证 — note an institution's teaching licence",
        action="institution.licence_record",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_licence_record(
        self, info: strawberry.Info, input: InstitutionLicenceRecordInput
    ) -> InstitutionPayload | None:
        return InstitutionPayload(
            institution=await changed(Institution, service.record_licence, info, input)
        )

    @mutation(
        "登记年检结论 — by an officer; a leader's result is changed by a leader alone",
        action="institution.annual_inspection_record",
    )
    async def institution_annual_inspection_record(
        self, info: strawberry.Info, input: InstitutionAnnualInspectionRecordInput
    ) -> InstitutionPayload | None:
        return InstitutionPayload(
            institution=await changed(Institution, annual.record_inspection, info, input)
        )


@strawberry.type
class ListMutation:
    @mutation(
        "列入名单 — list an institution, in force at once; black ends white",
        action="list.entry_add",
        permission=Permission.LIST_SIGN,
    )
    async def list_entry_add(
        self, info: strawberry.Info, input: ListEntryAddInput
    ) -> ListEntryPayload | None:
        return ListEntryPayload(entry=await changed(ListEntry, lists.add_entry, info, input))

    @mutation(
        "移出名单 — end an entry with the reason",
        action="list.entry_remove",
        permission=Permission.LIST_SIGN,
    )
    async def list_entry_remove(
        self, info: strawberry.Info, input: ListEntryRemoveInput
    ) -> ListEntryPayload | None:
        return ListEntryPayload(entry=await changed(ListEntry, lists.remove_entry, info, input))

    @mutation(
        "拟定名单公布稿 — take down this month's lists as they stand",
        action="list.publication_draft",
        permission=Permission.LIST_PUBLISH,
        idempotent=True,
    )
    async def list_publication_draft(
        self, info: strawberry.Info, input: ListPublicationDraftInput
    ) -> ListPublicationPayload | None:
        return ListPublicationPayload(
            publication=await changed(ListPublication, publications.draft_publication, info, input)
        )

    @mutation(
        "签署名单公布 — sign a draft; it gets its batch number and never changes",
        action="list.publication_sign",
        permission=Permission.LIST_SIGN,
        idempotent=True,
    )
    async def list_publication_sign(
        self, info: strawberry.Info, input: ListPublicationSignInput
    ) -> ListPublicationPayload | None:
        return ListPublicationPayload(
            publication=await changed(ListPublication, publications.sign_publication, info, input)
        )
