"""The naive way over rows in memory: graphql-core alone, one resolver per field, no SQL.

Nothing of the compiler is used but the SDL, so that a fault of it cannot hide here as well.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from graphql import GraphQLObjectType, build_schema, execute_sync, parse

from infra.ids import encode_id
from tenants.access import Permission
from tenants.principal import Principal
from tenants.scope import Reach, ScopeKind
from tests.schema.compiler.fixture_models import Pupil, School
from tests.schema.compiler.oracle_lists import Known, Lists, row_id

parsed = lru_cache(64)(parse)
"""A document is asked several times in a row."""


class Denied(Exception):
    """What the asker may not see."""


@dataclass
class Tenant:
    """A row of the registry."""

    number: int
    name: str


class Oracle:
    """Answers for one asker."""

    def __init__(
        self,
        sdl: str,
        asker: Principal,
        schools: list[School],
        pupils: list[Pupil],
        tenants: list[Tenant],
        cursors: dict[str, Known],
    ) -> None:
        self.scope, self.may = asker.scope, asker.permissions
        self.tenants = [t for t in tenants if self._in_range(t.number)]
        self.all_schools, self.all_pupils = schools, pupils
        self.schools = [s for s in schools if self._in_range(s.tenant_id) and self._sees(s)]
        self.pupils = [
            p for p in pupils if self._in_range(p.tenant_id) and (not self._narrow or p.score >= 50)
        ]
        self.lists = Lists(self, cursors)
        self.schema = build_schema(sdl)
        for type_name in ("Query", "FxSchool", "FxPupil", "FxTenant", "FxFigures"):
            graphql_type = self.schema.get_type(type_name)
            assert isinstance(graphql_type, GraphQLObjectType)
            for name, field in graphql_type.fields.items():
                resolver = getattr(self, f"{type_name}_{name}".lower(), None)
                if resolver is not None:
                    field.resolve = resolver
        for name in ("Node", "FxGuardian"):
            abstract: Any = self.schema.get_type(name)
            abstract.resolve_type = lambda row, *_: {
                School: "FxSchool",
                Pupil: "FxPupil",
                Tenant: "FxTenant",
            }[type(row)]

    @property
    def _narrow(self) -> bool:
        return self.scope.kind is ScopeKind.COUNTY and self.scope.reach is Reach.SUBTREE

    def _in_range(self, number: int) -> bool:
        return self.scope.lo <= number <= self.scope.hi

    def _sees(self, school: School) -> bool:
        return not self._narrow or school.area_id in self.scope.units

    def _need(self, permission: Permission) -> None:
        if permission not in self.may:
            raise Denied

    def answer(self, document: str, variables: dict[str, Any], operation: str | None) -> Any:
        """The result of executing the document over the rows."""
        return execute_sync(
            self.schema, parsed(document), variable_values=variables, operation_name=operation
        )

    def need_filter(self, key: str) -> None:
        """Filtering tells what it filters by."""
        needed = {"note": Permission.CLUE_READ, "masked": Permission.REPORTER_OPEN}
        if key in needed:
            self._need(needed[key])

    def same_kind(self, row: Any) -> int:
        """A figure of the tenant, not of what the asker sees; row security alone bounds it."""
        same = [s for s in self.all_schools if s.tenant_id == row.tenant_id]
        return sum(s.kind == row.kind for s in same)

    @staticmethod
    def percent(value: Decimal) -> str:
        """Two decimals, half up."""
        return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))

    # -- Query

    def query_node(self, _s: Any, _i: Any, id: str) -> Any:
        return self._any(id)

    def query_nodes(self, _s: Any, _i: Any, ids: list[str]) -> Any:
        def one(value: str) -> Any:
            try:
                return self._any(value)
            except Denied as denied:
                return denied

        return [one(value) for value in ids]

    def _any(self, value: str) -> Any:
        """Of the types that have a by-id root; tenants have none here."""
        for name, rows in (("FxSchool", self.schools), ("FxPupil", self.pupils)):
            if self._names(name, value):
                if name == "FxSchool":
                    self._need(Permission.UNIT_READ)
                return self._one(name, rows, value)
        return None

    def query_school(self, _s: Any, _i: Any, id: str) -> Any:
        if self._names("FxSchool", id):
            self._need(Permission.UNIT_READ)
        return self._one("FxSchool", self.schools, id)

    def query_pupil(self, _s: Any, _i: Any, id: str) -> Any:
        return self._one("FxPupil", self.pupils, id)

    def query_schools(self, _s: Any, _i: Any, **given: Any) -> Any:
        self._need(Permission.UNIT_READ)
        return self.lists.page(self.schools, "school", given)

    def query_pupils(self, _s: Any, _i: Any, **given: Any) -> Any:
        return self.lists.page(self.pupils, "pupil", given)

    def query_schoolstats(self, _s: Any, _i: Any, **given: Any) -> Any:
        self._need(Permission.UNIT_READ)
        return self.lists.groups(self.schools, given)

    def _names(self, name: str, value: str) -> bool:
        return row_id(value, name) is not None

    def _one(self, name: str, rows: list[Any], value: str) -> Any:
        return next((r for r in rows if encode_id(name, r.tenant_id, r.id) == value), None)

    # -- FxTenant

    def fxtenant_id(self, row: Any, _i: Any = None) -> str:
        from uuid import UUID

        return encode_id("FxTenant", row.number, UUID(int=0))

    # -- FxSchool

    def fxschool_id(self, row: Any, _i: Any) -> str:
        return encode_id("FxSchool", row.tenant_id, row.id)

    def fxschool_tenant(self, row: Any, _i: Any) -> Any:
        return next((t for t in self.tenants if t.number == row.tenant_id), None)

    def fxschool_fee(self, row: Any, _i: Any) -> Any:
        return None if row.fee is None else f"{Decimal(row.fee).scaleb(-2):.2f}"

    def fxschool_rate(self, row: Any, _i: Any) -> str:
        return self.percent(row.rate)

    def fxschool_opened(self, row: Any, _i: Any) -> str:
        return str(row.opened)

    def fxschool_seen(self, row: Any, _i: Any) -> Any:
        if row.seen is None:
            return None
        return f"{row.seen + timedelta(hours=8):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+08:00"

    def fxschool_made(self, row: Any, _i: Any) -> Any:
        return f"{row.made + timedelta(hours=8):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+08:00"

    def fxschool_shout(self, row: Any, _i: Any) -> str:
        return f"{row.name}%%:x!"

    def fxschool_samekind(self, row: Any, _i: Any) -> int:
        return self.same_kind(row)

    def fxschool_note(self, row: Any, _i: Any) -> Any:
        self._need(Permission.CLUE_READ)
        return row.note

    def fxschool_quiet(self, row: Any, _i: Any) -> Any:
        return row.note if Permission.CLUE_READ in self.may else None

    def fxschool_masked(self, row: Any, _i: Any) -> str:
        return row.note if Permission.REPORTER_OPEN in self.may else f"{row.note[:1]}***"

    def fxschool_phone(self, row: Any, _i: Any) -> str:
        if self.scope.kind is ScopeKind.JURISDICTION:
            raise Denied
        return str(row.phone)

    def fxschool_secret(self, row: Any, _i: Any) -> str:
        self._need(Permission.CLUE_TRIAGE)
        if self.scope.kind is ScopeKind.JURISDICTION:
            raise Denied
        opened = row.secret.decode()
        if opened.startswith("x"):
            raise ValueError(opened)
        return str(opened[::-1])

    def fxschool_figures(self, row: Any, _i: Any) -> Any:
        return row

    def fxfigures_pupils(self, row: Any, _i: Any) -> int:
        return sum(p.school_id == row.id for p in self.all_pupils)

    def fxfigures_phone(self, row: Any, _i: Any) -> str:
        return self.fxschool_phone(row, None)

    def fxschool_parent(self, row: Any, _i: Any) -> Any:
        return next((s for s in self.schools if s.id == row.parent_id), None)

    def fxschool_children(self, row: Any, _i: Any, **given: Any) -> Any:
        return self.lists.page([s for s in self.schools if s.parent_id == row.id], "school", given)

    def fxschool_pupils(self, row: Any, _i: Any, **given: Any) -> Any:
        return self.lists.page([p for p in self.pupils if p.school_id == row.id], "pupil", given)

    def fxschool_mentored(self, row: Any, _i: Any, **given: Any) -> Any:
        self._need(Permission.CLUE_REPLY)
        own = [p for p in self.pupils if p.mentor_id == row.id and p.score > 10]
        return self.lists.page(own, "pupil", given)

    # -- FxPupil

    def fxpupil_id(self, row: Any, _i: Any) -> str:
        return encode_id("FxPupil", row.tenant_id, row.id)

    def fxpupil_school(self, row: Any, _i: Any) -> Any:
        return next((s for s in self.schools if s.id == row.school_id), None)

    def fxpupil_mentor(self, row: Any, _i: Any) -> Any:
        return next((s for s in self.schools if s.id == row.mentor_id), None)

    def fxpupil_guardian(self, row: Any, _i: Any) -> Any:
        rows = {"school": self.schools, "pupil": self.pupils}.get(row.guardian_kind, [])
        return next((r for r in rows if r.id == row.guardian_id), None)

    def fxpupil_anything(self, row: Any, _i: Any) -> Any:
        self._need(Permission.CLUE_READ)
        return self.fxpupil_guardian(row, None)
