"""Inputs of the institution mutations."""

import strawberry

from infra.identifiers import Uscc
from schema.organisation.ids import row_id
from schema.replay import KEY
from services.institutions.models import InstitutionCategory
from services.institutions.service import (
    CloseInstitution,
    CorrectInstitution,
    RegisterInstitution,
)


@strawberry.input(description="登记机构 — a new entry of the register")
class InstitutionRegisterInput:
    uscc: Uscc = strawberry.field(
        description="统一社会信用代码 — 18 half-width characters with a correct check digit"
    )
    name: str = strawberry.field(description="名称 — 2 to 100 characters")
    category: InstitutionCategory = strawberry.field(description="类别 — what it teaches")
    unit_id: strawberry.ID = strawberry.field(
        description="所属单位 — id of the unit or grid in whose care it is"
    )
    idempotency_key: str = strawberry.field(description=KEY)
    address: str | None = strawberry.field(default=None, description="地址 — 2 to 200 characters")

    def command(self, tenant_id: int) -> RegisterInstitution:
        """The command in that tenant."""
        return RegisterInstitution(
            uscc=self.uscc,
            name=self.name,
            category=self.category,
            unit_id=row_id(self.unit_id, tenant_id, "Unit", "Grid"),
            address=self.address,
        )


@strawberry.input(description="更正机构 — values to correct; what is absent stays as it is")
class InstitutionCorrectInput:
    id: strawberry.ID = strawberry.field(description="机构 — id of the institution")
    expected_version: int = strawberry.field(
        description="预期版本 — the version that was read; CONFLICT when it has changed"
    )
    uscc: Uscc | None = strawberry.field(
        default=None, description="统一社会信用代码 — 18 half-width characters"
    )
    name: str | None = strawberry.field(default=None, description="名称 — 2 to 100 characters")
    category: InstitutionCategory | None = strawberry.field(
        default=None, description="类别 — what it teaches"
    )
    unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="所属单位 — id of the unit or grid in whose care it is"
    )
    address: str | None = strawberry.field(default=None, description="地址 — 2 to 200 characters")

    def command(self, tenant_id: int) -> CorrectInstitution:
        """The command in that tenant."""
        return CorrectInstitution(
            institution_id=row_id(self.id, tenant_id, "Institution"),
            expected_version=self.expected_version,
            uscc=self.uscc,
            name=self.name,
            category=self.category,
            unit_id=(
                None if self.unit_id is None else row_id(self.unit_id, tenant_id, "Unit", "Grid")
            ),
            address=self.address,
        )


@strawberry.input(description="关停机构 — the end of an institution")
class InstitutionCloseInput:
    id: strawberry.ID = strawberry.field(description="机构 — id of the institution")
    expected_version: int = strawberry.field(
        description="预期版本 — the version that was read; CONFLICT when it has changed"
    )
    reason: str = strawberry.field(description="关停原因 — 2 to 500 characters")

    def command(self, tenant_id: int) -> CloseInstitution:
        """The command in that tenant."""
        return CloseInstitution(
            row_id(self.id, tenant_id, "Institution"), self.expected_version, self.reason
        )
