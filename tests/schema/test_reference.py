"""The API reference says what the code says, and the same each time."""

from dataclasses import dataclass, field

from graphql import build_schema, lexicographic_sort_schema

from schema.errors import Code
from schema.reference import ADVICE, limits, reference

SDL = '''
"""金额 — yuan as text"""
scalar Money
"""错误 — of a grid"""
enum GridErrorCode {
  """编号已用 — the number | is taken"""
  TAKEN
}
input GridOpenInput { idempotencyKey: String! expectedVersion: Int! }
type GridOpenPayload { code: GridErrorCode }
type GridConnection { totalCount: Int! }
type Mutation {
  """开通网格 — open a grid"""
  gridOpen(input: GridOpenInput!): GridOpenPayload
}
type Query {
  paid: Money
  grids(first: Int, last: Int, after: String, before: String, q: String): GridConnection
  old: String @deprecated(reason: "用 paid 代替；removed 2027-10-01")
}
'''


def test_everything_of_the_schema_has_its_line() -> None:
    page = reference(build_schema(SDL))
    for line in (
        "| `Money` | 金额 — yuan as text |",
        "`GridErrorCode`: 错误 — of a grid",
        "| `TAKEN` | 编号已用 — the number \\| is taken |",
        "| `gridOpen` | 开通网格 — open a grid | `expectedVersion`, `idempotencyKey` |",
        "| `Query.grids` | `q: String` |",
        "| `Query.old` | 用 paid 代替；removed 2027-10-01 |",
    ):
        assert f"\n{line}\n" in page, line


def test_every_code_says_what_a_client_does() -> None:
    """A new code has no line until its advice is written."""
    assert set(ADVICE) == set(Code)
    page = reference(build_schema(SDL))
    assert all(f"| `{code}` |" in page and advice in page for code, advice in ADVICE.items())


def test_the_page_does_not_depend_on_the_order_of_declarations() -> None:
    schema = build_schema(SDL)
    assert reference(schema) == reference(lexicographic_sort_schema(schema))


@dataclass(frozen=True)
class _Bounds:
    points: int = field(
        default=2_000, metadata={"description": "点数 — of a request", "unit": "pt"}
    )
    restore: float = 0.5


def test_limits_are_read_from_their_dataclass() -> None:
    told = "".join(limits(_Bounds()))
    assert "| `points` | 2,000 pt | 点数 — of a request |\n" in told
    assert "| `restore` | 0.5 |  |\n" in told
    assert [*limits(None)] == []
