"""GraphQL over HTTP as the reference audits check it; Strawberry's own door is the control."""

import functools

import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from tests.schema.asking import send
from tests.schema.http.audits import AUDITS, Audit


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.code)
async def test_audit(audit: Audit) -> None:
    assert await audit.faults(send) == []


def test_all_audits_are_there() -> None:
    assert len({audit.code for audit in AUDITS}) == len(AUDITS) == 61


@strawberry.type
class _Query:
    """The least schema."""

    word: str = "字"


async def test_control_strawberrys_own_door_fails_some() -> None:
    app: GraphQL[object, object] = GraphQL(strawberry.Schema(_Query))
    ask = functools.partial(send, to=Starlette(routes=[Route("/graphql", app)]))
    failing = {audit.code for audit in AUDITS if await audit.faults(ask)}
    print(f"Strawberry's own door fails {len(failing)} of {len(AUDITS)}: {sorted(failing)}")
    assert {"22EB", "556A", "74FF"} <= failing
    assert "4655" not in failing
