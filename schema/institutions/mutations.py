"""Commands of the institution register in the API."""

import strawberry

from schema.fields import changed, mutation
from schema.institutions.inputs import (
    InstitutionCloseInput,
    InstitutionCorrectInput,
    InstitutionRegisterInput,
)
from schema.institutions.types import Institution
from schema.payloads import payload, shown
from services.institutions import service
from services.institutions.errors import InstitutionErrorCode
from tenants.access import Permission


@payload(InstitutionErrorCode, "机构操作结果 — the institution, or why the command was refused")
class InstitutionPayload:
    institution: Institution | None = shown("机构 — as it is now; with CONFLICT the present state")


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
