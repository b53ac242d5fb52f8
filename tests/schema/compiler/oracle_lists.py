"""Filters, orders, pages and groups over rows in memory, in plain Python."""

import base64
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import GraphQLError

from tests.schema.compiler.fixture_models import School

DEFAULT_ORDER = {"school": ("NAME", False), "pupil": ("SCORE", True)}
ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "NAME": lambda _o, row: row.name,
    "KIND": lambda _o, row: row.kind.value,
    "RATE": lambda _o, row: row.rate,
    "OPENED": lambda _o, row: row.opened,
    "MADE": lambda _o, row: row.made,
    "SAME_KIND": lambda o, row: o.same_kind(row),
    "SCORE": lambda _o, row: row.score,
}


NO_ROW = object()
"""What an id of another type names: nothing, which is not the same as no parent."""


@dataclass(frozen=True)
class Known:
    """What a cursor that was seen stands for."""

    kind: str
    order: tuple[str, bool]
    row: UUID


def fault(code: str = "BAD_USER_INPUT") -> GraphQLError:
    """A refusal of an argument."""
    return GraphQLError("refused", extensions={"code": code})


def row_id(value: str, type_name: str) -> UUID | None:
    """The uuid of an opaque id of a type, read independently of the product."""
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        named, _, row = raw.split(":")
        plain = base64.urlsafe_b64encode(raw.encode()).rstrip(b"=").decode()
        return UUID(row) if named == type_name and plain == value else None
    except ValueError:
        return None


_READ: dict[str, Callable[[Any], Any]] = {
    "fee": lambda v: int(Decimal(v) * 100),
    "rate": Decimal,
    "opened": date.fromisoformat,
    "seen": datetime.fromisoformat,
    "made": datetime.fromisoformat,
    "school": lambda v: row_id(v, "FxSchool") or NO_ROW,
    "mentor": lambda v: row_id(v, "FxSchool") or NO_ROW,
    "parent": lambda v: row_id(v, "FxSchool") or NO_ROW,
}
_STORED = {
    "kind": lambda row: row.kind.value,
    "school": lambda row: row.school_id,
    "mentor": lambda row: row.mentor_id,
    "parent": lambda row: row.parent_id,
    "masked": lambda row: row.note,
}


class Lists:
    """What the oracle knows of lists; `oracle` gives rights and figures."""

    def __init__(self, oracle: Any, cursors: dict[str, Known]) -> None:
        self.oracle, self.cursors = oracle, cursors

    # -- filter

    def keeps(self, row: Any, given: dict[str, Any]) -> bool:
        """Whether all parts of a filter hold."""
        return all(self._part(row, key, value) for key, value in given.items())

    def _part(self, row: Any, key: str, value: Any) -> bool:
        if value is None:
            raise fault()
        if key == "and":
            return all(self.keeps(row, item) for item in value)
        if key == "or":
            return any(self.keeps(row, item) for item in value)
        if key == "not":
            return not self.keeps(row, value)
        self.oracle.need_filter(key)
        if key == "sameKind":
            stored = self.oracle.same_kind(row)
        else:
            stored = _STORED.get(key, lambda r: getattr(r, key))(row)
        read = _READ.get(key, lambda v: v)
        return all(self._holds(stored, op, given, read) for op, given in value.items())

    def _holds(self, stored: Any, operator: str, given: Any, read: Callable[[Any], Any]) -> bool:
        if given is None:
            raise fault()
        if operator == "isNull":
            return (stored is None) is given
        if operator == "in":
            return stored is not None and stored in [read(v) for v in given]
        value = read(given)
        if operator == "not":
            return bool(stored != value)
        if stored is None:
            return False
        tests: dict[str, Callable[[], Any]] = {
            "eq": lambda: stored == value,
            "gt": lambda: stored > value,
            "gte": lambda: stored >= value,
            "lt": lambda: stored < value,
            "lte": lambda: stored <= value,
            "contains": lambda: value in stored,
        }
        return bool(tests[operator]())

    def selected(self, rows: list[Any], given: dict[str, Any]) -> list[Any]:
        """Rows by `q`, `tenantIds` and `filter`."""
        q, tenants = given.get("q"), given.get("tenantIds")
        if q is not None:
            if not q:
                raise fault()
            rows = [row for row in rows if set(q) <= set(row.name)]
        if tenants is not None:
            numbers = {
                t.number for t in self.oracle.tenants if self.oracle.fxtenant_id(t) in tenants
            }
            rows = [row for row in rows if row.tenant_id in numbers]
        if given.get("filter") is not None:
            rows = [row for row in rows if self.keeps(row, given["filter"])]
        return rows

    # -- pages

    def page(self, rows: list[Any], kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """A connection."""
        first, last = given.get("first"), given.get("last")
        asked = [n for n in (first, last) if n is not None]
        if len(asked) != 1 or not 0 <= asked[0] <= 100:
            raise fault()
        field, descending = DEFAULT_ORDER[kind]
        if given.get("orderBy") is not None:
            chosen = given["orderBy"]
            field, descending = chosen["field"], chosen["direction"] == "DESC"

        def place(row: Any) -> tuple[Any, ...]:
            return ORDERS[field](self.oracle, row), row.tenant_id, row.id

        rows = self.selected(rows, given)
        total = len(rows)
        rows = sorted(rows, key=place, reverse=descending)
        for name, later in (("after", True), ("before", False)):
            if given.get(name) is not None:
                at = place(self._row_of(given[name], kind, (field, descending)))
                # Going down the list is going up in keys unless it descends.
                is_up = later != descending
                rows = [r for r in rows if (place(r) > at if is_up else place(r) < at)]
        if first is not None:
            shown = rows[:first]
            info = (len(rows) > first, given.get("after") is not None)
        else:
            shown = rows[-last:] if last else []
            info = (given.get("before") is not None, len(rows) > last)
        cursors = [f"§{row.id}" for row in shown]
        return {
            "nodes": shown,
            "edges": [{"node": r, "cursor": c} for r, c in zip(shown, cursors, strict=True)],
            "totalCount": total,
            "pageInfo": {
                "hasNextPage": info[0],
                "hasPreviousPage": info[1],
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }

    def _row_of(self, cursor: str, kind: str, order: tuple[str, bool]) -> Any:
        known = self.cursors.get(cursor)
        if known is None or (known.kind, known.order) != (kind, order):
            raise fault("BAD_CURSOR")
        rows = self.oracle.all_schools if kind == "school" else self.oracle.all_pupils
        return next(row for row in rows if row.id == known.row)

    # -- groups

    def groups(self, rows: list[School], given: dict[str, Any]) -> list[dict[str, Any]]:
        """`schoolStats`."""
        first, by = given["first"], list(dict.fromkeys(given["groupBy"]))
        if not 1 <= first <= 100 or not by:
            raise fault()
        for name in by:
            if name == "NOTE":
                self.oracle.need_filter("note")
        keys: dict[str, Callable[[Any], tuple[Any, ...]]] = {
            "KIND": lambda r: (r.kind.value,),
            "FEE": lambda r: (r.fee,),
            "NOTE": lambda r: (r.note,),
            "PARENT": lambda r: (r.tenant_id, r.parent_id),
            "TENANT": lambda r: (r.tenant_id,),
        }
        found: dict[tuple[Any, ...], list[School]] = defaultdict(list)
        for row in self.selected(rows, given):
            found[tuple(part for name in by for part in keys[name](row))].append(row)
        ordered = sorted(
            found.items(), key=lambda item: (-len(item[1]), [(v is None, v or 0) for v in item[0]])
        )
        return [self._group(by, members) for _, members in ordered[:first]]

    def _group(self, by: list[str], members: list[School]) -> dict[str, Any]:
        one = members[0]
        fees = [row.fee for row in members if row.fee is not None]
        oracle = self.oracle
        values = {
            "kind": one.kind.value,
            "fee": oracle.fxschool_fee(one, None),
            "note": one.note,
            "parent": next((s for s in oracle.schools if s.id == one.parent_id), None),
            "tenant": next((t for t in oracle.tenants if t.number == one.tenant_id), None),
        }
        shown = {name: value for name, value in values.items() if name.upper() in by}
        return shown | {
            "count": len(members),
            "total": f"{Decimal(sum(fees)).scaleb(-2):.2f}" if fees else None,
            "best": oracle.percent(max(row.rate for row in members)),
        }
