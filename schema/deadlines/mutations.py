"""Commands of deadlines in the API."""

import strawberry

from schema.deadlines.inputs import DeadlineExtendInput
from schema.deadlines.types import Deadline
from schema.fields import changed, mutation
from schema.payloads import payload, shown
from services.deadlines import service
from services.deadlines.errors import DeadlineErrorCode
from tenants.access import Permission


@payload(DeadlineErrorCode, "期限操作结果 — the deadline, or why the command was refused")
class DeadlinePayload:
    deadline: Deadline | None = shown("期限 — as it is now; with CONFLICT the present state")


@strawberry.type
class DeadlineMutation:
    @mutation(
        "延期 — extend a deadline once, with the reason",
        action="deadline.extend",
        permission=Permission.DEADLINE_EXTEND,
    )
    async def deadline_extend(
        self, info: strawberry.Info, input: DeadlineExtendInput
    ) -> DeadlinePayload | None:
        return DeadlinePayload(deadline=await changed(Deadline, service.extend, info, input))
