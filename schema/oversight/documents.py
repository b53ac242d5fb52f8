"""Papers of oversight as a GraphQL type."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, func, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import SQLColumnExpression

from schema.compiler.declarations import Node, column, node, one
from schema.compiler.lists import Connection, connection
from schema.organisation.types import Tenant
from schema.organisation.vocabulary import vocabulary
from services.oversight import models
from services.oversight.models import OversightKind, OversightStatus
from services.oversight.visibility import visible
from tenants.models import Tenant as TenantRow

vocabulary(
    OversightKind,
    "督导文书类型 — kind of a paper of oversight",
    SUPERVISION_ORDER="督办单 — supervision order",
)
vocabulary(
    OversightStatus,
    "督导文书状态 — how far a paper of oversight is",
    DRAFT="草稿 — waits for a person's signature",
    DISCARDED="已作废 — a draft that was laid aside",
    ISSUED="已签发 — signed and sent",
    ACKNOWLEDGED="已签收 — the target signed for it",
    RESPONDED="已答复 — the target answered",
    CLOSED="已办结 — the issuer accepted the answer",
)


def _name_of(number: Any) -> SQLColumnExpression[Any]:
    """The public name of a jurisdiction, whichever it is."""
    place = aliased(TenantRow)
    return (
        select(place.name)
        .where(place.number == number)
        .correlate(models.OversightDocument)
        .scalar_subquery()
    )


@node(
    models.OversightDocument,
    visible=visible,
    description="督导文书 — a paper from a jurisdiction to one below it; shown to both",
)
class OversightDocument(Node):
    tenant: Tenant = one(
        models.OversightDocument.tenant_id, "租户 — the side that this is the copy of"
    )
    kind: OversightKind = column(
        models.OversightDocument.kind, "类型 — kind of the paper", filter=True
    )
    status: OversightStatus = column(
        models.OversightDocument.status, "状态 — how far it is", filter=True
    )
    issuer_name: str = column(
        _name_of(models.OversightDocument.issuer_number), "签发单位 — who issues it"
    )
    target_name: str = column(
        _name_of(models.OversightDocument.target_number), "被督办单位 — whom it is for"
    )
    document_number: str | None = column(
        case(
            (
                models.OversightDocument.number.is_not(None),
                func.concat(
                    "督办〔",
                    cast(models.OversightDocument.year, Text),
                    "〕第",
                    cast(models.OversightDocument.number, Text),
                    "号",
                ),
            )
        ),
        "文号 — number within the issuer's year, given with the signature",
    )
    demand: str = column(models.OversightDocument.demand, "督办要求 — what is demanded")
    basis_rule: str | None = column(
        models.OversightDocument.basis_rule,
        "依据期限 — rule of the deadline whose ladder ended; null: begun by a person",
    )
    drafted_at: datetime = column(
        models.OversightDocument.drafted_at, "起草时间 — when it was drafted", order=True
    )
    issued_at: datetime | None = column(
        models.OversightDocument.issued_at, "签发时间 — when it was signed"
    )
    acknowledged_at: datetime | None = column(
        models.OversightDocument.acknowledged_at, "签收时间 — when the target signed for it"
    )
    answer: str | None = column(models.OversightDocument.answer, "答复 — what the target says")
    responded_at: datetime | None = column(
        models.OversightDocument.responded_at, "答复时间 — when the target answered it"
    )
    ended_at: datetime | None = column(
        models.OversightDocument.closed_at, "办结时间 — when the issuer accepted the answer"
    )
    version: int = column(
        models.OversightDocument.version,
        "版本 — rises with every change; send it as expectedVersion",
    )


@connection("督导文书列表 — a page of papers", order=(models.OversightDocument.drafted_at.desc(),))
class OversightDocumentConnection(Connection[OversightDocument]):
    """A page of papers."""
