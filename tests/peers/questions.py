"""The same question in each contestant's legal spelling, and when two answers are equal."""

import base64
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.ids import decode_id
from tests.peers import dashboard

COUNTY = "county"
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Question:
    """What both are asked; aliases give their answers one shape. `$id` is an institution's."""

    name: str
    ours: str
    theirs: str
    asker: str = COUNTY


_LEAVES = "id uscc name category address status registeredAt closedAt closeReason version"
_BY_NAME = "orderBy: SORT_KEY_ASC"

QUESTIONS = (
    Question(
        "nested",
        f"{{ institutions(first: 20) {{ nodes {{ {_LEAVES} unit {{ name kind parent {{ name }}"
        " posts(first: 10) { nodes { title role } } } } pageInfo { hasNextPage } } }",
        f"{{ institutions: allInstitutions(first: 20, {_BY_NAME}) {{ nodes {{ {_LEAVES}"
        " unit: unitByTenantIdAndUnitId { name kind parent: unitByTenantIdAndParentId { name }"
        " posts: postsByTenantIdAndUnitId(first: 10, orderBy: CODE_ASC) {"
        " nodes { title role } } } } pageInfo { hasNextPage } } }",
    ),
    Question(
        "by id",
        "query($id: ID!) { institution(id: $id) { uscc name unit { name } } }",
        "query($id: ID!) { institution(id: $id) {"
        " uscc name unit: unitByTenantIdAndUnitId { name } } }",
    ),
    Question(
        "list",
        f"{{ institutions(first: 100) {{ nodes {{ {_LEAVES} title: name code: uscc }} }} }}",
        f"{{ institutions: allInstitutions(first: 100, {_BY_NAME}) {{"
        f" nodes {{ {_LEAVES} title: name code: uscc }} }} }}",
    ),
    Question(
        "filtered list",
        "{ institutions(first: 100, filter: {category: {eq: NON_SUBJECT_SPORTS}},"
        f" orderBy: {{field: NAME, direction: ASC}}) {{ nodes {{ {_LEAVES} }} }} }}",
        "{ institutions: allInstitutions(first: 100, condition: {category:"
        f' "NON_SUBJECT_SPORTS"}}, {_BY_NAME}) {{ nodes {{ {_LEAVES} }} }} }}',
    ),
    Question("dashboard", dashboard.OURS, dashboard.THEIRS, SUPERVISOR),
)


def foreign_id(opaque: str) -> str:
    """Our opaque id as the peer writes it: base64 of type and primary key."""
    decoded = decode_id(opaque)
    assert decoded is not None
    plain = json.dumps([decoded.type, decoded.tenant_id, str(decoded.id)], separators=(",", ":"))
    return base64.b64encode(plain.encode()).decode()


def plain(answer: Any) -> Any:
    """An answer freed of spelling: ids as (type, tenant, row), instants as UTC milliseconds."""
    match answer:
        case dict():
            return {key: plain(value) for key, value in answer.items()}
        case list():
            return [plain(value) for value in answer]
        case str():
            return _row(answer) or _instant(answer) or answer
    return answer


def _row(text: str) -> tuple[str, int, str] | None:
    if (ours := decode_id(text)) is not None:
        return ours.type, ours.tenant_id, str(ours.id)
    with contextlib.suppress(ValueError):
        match json.loads(base64.b64decode(text, validate=True)):
            case [str(kind), int(tenant), str(row)]:
                return kind, tenant, row
    return None


def _instant(text: str) -> str | None:
    with contextlib.suppress(ValueError):
        if len(text) > 20:
            at = datetime.fromisoformat(text).astimezone(UTC)
            return at.isoformat(timespec="milliseconds")
    return None
