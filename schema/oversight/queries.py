"""Asking across counties."""

import strawberry

from schema.compiler.declarations import by_id, every
from schema.organisation.types import TenantConnection
from schema.oversight.documents import OversightDocument, OversightDocumentConnection
from tenants.access import Permission


@strawberry.type
class OversightQuery:
    tenants: TenantConnection | None = every(
        "租户列表 — the jurisdictions one supervises, by number",
        requires=Permission.TENANTS_READ,
    )
    oversight_document: OversightDocument | None = by_id(
        "OversightDocument",
        "督导文书 — one paper by its id",
        requires=Permission.OVERSIGHT_READ,
    )
    oversight_documents: OversightDocumentConnection | None = every(
        "督导文书列表 — papers that one's jurisdiction issued or got, the newest first",
        requires=Permission.OVERSIGHT_READ,
    )
