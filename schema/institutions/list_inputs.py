"""Inputs of the mutations of lists, annual inspections and licences."""

from datetime import date

import strawberry

from schema.institutions import types as _types  # noqa: F401 - registers the enums
from schema.organisation.ids import row_id
from schema.replay import KEY
from services.institutions.annual import RecordAnnualInspection
from services.institutions.lists import AddListEntry, RemoveListEntry
from services.institutions.models import AnnualResult, ListKind, ListReason
from services.institutions.publications import DraftPublication, SignPublication
from services.institutions.service import RecordLicence


@strawberry.input(description="登记许可证 — an institution's teaching licence")
class InstitutionLicenceRecordInput:
    id: strawberry.ID = strawberry.field(description="机构 — id of the institution")
    expected_version: int = strawberry.field(
        description="预期版本 — the version that was read; CONFLICT when it has changed"
    )
    licence_no: str = strawberry.field(
        description="许可证号 — 4 to 40 digits, letters, Chinese characters or hyphens"
    )
    licensed_until: date = strawberry.field(description="有效期至 — its last day")

    def command(self, tenant_id: int) -> RecordLicence:
        """The command in that tenant."""
        return RecordLicence(
            row_id(self.id, tenant_id, "Institution"),
            self.expected_version,
            self.licence_no,
            self.licensed_until,
        )


@strawberry.input(description="登记年检结论 — the result of an institution's inspection of a year")
class InstitutionAnnualInspectionRecordInput:
    id: strawberry.ID = strawberry.field(description="机构 — id of the institution")
    year: int = strawberry.field(description="年度 — the year inspected, 2000 to this one")
    result: AnnualResult = strawberry.field(description="结论 — the result")
    document: str = strawberry.field(description="依据文件 — 2 to 200 characters")

    def command(self, tenant_id: int) -> RecordAnnualInspection:
        """The command in that tenant."""
        return RecordAnnualInspection(
            row_id(self.id, tenant_id, "Institution"), self.year, self.result, self.document
        )


@strawberry.input(description="列入名单 — a leader's decision, in force at once")
class ListEntryAddInput:
    institution_id: strawberry.ID = strawberry.field(description="机构 — id of the institution")
    kind: ListKind = strawberry.field(description="名单 — white or black")
    reason: ListReason = strawberry.field(description="理由 — COMPLIANT for the white list alone")
    document: str = strawberry.field(description="依据文件 — 2 to 200 characters")

    def command(self, tenant_id: int) -> AddListEntry:
        """The command in that tenant."""
        return AddListEntry(
            row_id(self.institution_id, tenant_id, "Institution"),
            self.kind,
            self.reason,
            self.document,
        )


@strawberry.input(description="移出名单 — a leader's decision, with the reason")
class ListEntryRemoveInput:
    id: strawberry.ID = strawberry.field(description="名单条目 — id of the entry")
    reason: str = strawberry.field(description="移出理由 — 2 to 200 characters")

    def command(self, tenant_id: int) -> RemoveListEntry:
        """The command in that tenant."""
        return RemoveListEntry(row_id(self.id, tenant_id, "ListEntry"), self.reason)


@strawberry.input(description="拟定名单公布稿 — the lists as they stand, for this month")
class ListPublicationDraftInput:
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> DraftPublication:
        """The command."""
        return DraftPublication()


@strawberry.input(description="签署名单公布 — by another person than who drafted it")
class ListPublicationSignInput:
    id: strawberry.ID = strawberry.field(description="名单公布 — id of the draft")
    idempotency_key: str = strawberry.field(description=KEY)

    def command(self, tenant_id: int) -> SignPublication:
        """The command in that tenant."""
        return SignPublication(row_id(self.id, tenant_id, "ListPublication"))
