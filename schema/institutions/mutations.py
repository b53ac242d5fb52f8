"""Commands of the institution register in the API."""

from typing import Annotated

import strawberry

from infra.errors import DomainError
from schema.compiler.sources import read
from schema.fields import UserError, mutation
from schema.institutions.inputs import (
    InstitutionCloseInput,
    InstitutionCorrectInput,
    InstitutionRegisterInput,
)
from schema.institutions.types import Institution
from services.institutions import service
from tenants.access import Permission

INPUT = strawberry.argument(description="输入 — what the command needs")


@strawberry.type(description="机构操作结果 — the institution, or why the command was refused")
class InstitutionPayload:
    institution: Institution | None = strawberry.field(
        default=None, description="机构 — as it is now; with CONFLICT the present state"
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="用户错误 — what the user can mend"
    )


@strawberry.type
class InstitutionMutation:
    @mutation(
        "登记机构 — enter an institution into the register",
        action="institution.register",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_register(
        self, info: strawberry.Info, input: Annotated[InstitutionRegisterInput, INPUT]
    ) -> InstitutionPayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        row = await service.register_institution(context.session, context.principal, command)
        return InstitutionPayload(institution=read(Institution, row.id, row.tenant_id))

    @mutation(
        "更正机构 — correct an entry of the register",
        action="institution.correct",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_correct(
        self, info: strawberry.Info, input: Annotated[InstitutionCorrectInput, INPUT]
    ) -> InstitutionPayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        current = read(Institution, command.institution_id, context.principal.tenant_id)
        try:
            await service.correct_institution(context.session, context.principal, command)
        except DomainError as error:
            conflict = error.faults[0]
            if conflict.code != "CONFLICT":
                raise
            # Nothing was written, so the present state can be shown beside the error.
            message = conflict.en if context.language == "en" else conflict.zh
            told = UserError(field=["input", *conflict.field], message=message, code=conflict.code)
            return InstitutionPayload(institution=current, user_errors=[told])
        return InstitutionPayload(institution=current)

    @mutation(
        "关停机构 — close an institution with the reason",
        action="institution.close",
        permission=Permission.INSTITUTION_MANAGE,
    )
    async def institution_close(
        self, info: strawberry.Info, input: Annotated[InstitutionCloseInput, INPUT]
    ) -> InstitutionPayload | None:
        context = info.context
        command = input.command(context.principal.tenant_id)
        row = await service.close_institution(context.session, context.principal, command)
        return InstitutionPayload(institution=read(Institution, row.id, row.tenant_id))
