"""Papers of oversight for the two worlds, and valid input for their mutations."""

import secrets
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import func

from infra.ids import encode_id, new_id
from services.oversight.models import OversightDocument, OversightKind, OversightStatus
from tenants.scope import Scope
from tenants.session import unit_of_work
from tests.harness.county import PROVINCE, County, open_supervisor


async def supervisor_of(admin: asyncpg.Connection) -> tuple[int, UUID]:
    """The account of the province's supervisor, opened where there is none yet."""
    known = await admin.fetchval(
        "SELECT id FROM account WHERE tenant_id = $1 AND login = 'supervisor'", PROVINCE.number
    )
    return (PROVINCE.number, known) if known else await open_supervisor()


async def furnish_oversight(county: County) -> tuple[str, dict[str, str]]:
    """An order that the county got; a draft, one to lay aside and an answered one at its issuer."""
    got = await _document(county, county.number, OversightStatus.ISSUED)
    above = {
        "draft": await _document(county, PROVINCE.number, OversightStatus.DRAFT),
        "spare": await _document(county, PROVINCE.number, OversightStatus.DRAFT),
        "answered": await _document(county, PROVINCE.number, OversightStatus.RESPONDED),
    }
    return got, above


async def _document(county: County, keeper: int, status: OversightStatus) -> str:
    is_signed = status is not OversightStatus.DRAFT
    document_id = new_id()
    async with unit_of_work(Scope.county(keeper), "test.furnish") as session:
        session.add(
            OversightDocument(
                tenant_id=keeper,
                id=document_id,
                kind=OversightKind.SUPERVISION_ORDER,
                status=status,
                issuer_number=PROVINCE.number,
                target_number=county.number,
                year=2026 if is_signed else None,
                number=county.number % 997 if is_signed else None,
                demand="请限期核查处理并书面报告。",
                drafted_at=func.clock_timestamp(),
                version=1,
            )
        )
    return encode_id("OversightDocument", keeper, document_id)


def oversight_inputs(
    county: County, got: str, above: dict[str, str]
) -> dict[str, tuple[str | None, dict[str, Any]]]:
    """Who may call each mutation of oversight, and an input that it would take."""

    def once() -> dict[str, str]:
        return {"idempotencyKey": secrets.token_urlsafe(24)}

    target = encode_id("Tenant", county.number, UUID(int=0))
    at_first = {"expectedVersion": 1}
    return {
        "oversightDocumentDraft": (
            "supervisor",
            {"targetId": target, "demand": "请限期核查处理并书面报告。"} | once(),
        ),
        "oversightDocumentSign": ("supervisor", {"id": above["draft"]} | at_first | once()),
        "oversightDocumentDiscard": ("supervisor", {"id": above["spare"]} | at_first),
        "oversightDocumentClose": ("supervisor", {"id": above["answered"]} | at_first),
        "oversightDocumentAcknowledge": ("leader", {"id": got} | at_first),
        "oversightDocumentAnswer": (
            "leader",
            {"id": got, "answer": "已办结，并书面答复举报人。"} | at_first,
        ),
    }
