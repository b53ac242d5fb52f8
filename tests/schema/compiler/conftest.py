"""The fixture tables, filled, in a database of the test's own, and askers of every kind."""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import insert, text
from strawberry.types import ExecutionResult

from infra.database.engine import Role, engine
from infra.ids import new_id
from schema.compiler.executor import PLANS
from schema.compiler.quick import answer
from schema.compiler.recipes import Recipes
from schema.compiler.sources import LISTS, NODES, READERS
from schema.context import Context
from schema.http.run import run
from tenants import principal
from tenants.access import Permission
from tenants.principal import Principal
from tenants.rls import statements
from tests.harness.cluster import Cluster, Furnished
from tests.harness.county import County, open_county, open_supervisor
from tests.schema.compiler import fixture_types
from tests.schema.compiler.fixture_models import FixtureBase, Gram, Pupil, School, SchoolKind
from tests.schema.compiler.oracle import parsed

NAMES = "春夏秋冬东南西北中"


@dataclass
class World:
    """The rows in memory as well as in the database, and who may ask."""

    schema: strawberry.Schema
    counties: tuple[County, County]
    askers: dict[str, Principal]
    schools: list[School]
    pupils: list[Pupil]
    recipes: dict[str, Recipes] = field(default_factory=lambda: defaultdict(Recipes))
    handed_on: dict[Any, Any] = field(default_factory=dict)
    """What the fast door last left to the executor."""

    async def ask(
        self,
        document: str,
        asker: Principal | None,
        variables: dict[str, Any] | None = None,
        language: str = "zh",
        document_key: str | None = None,
        operation: str | None = None,
        is_valid: bool = False,
    ) -> ExecutionResult:
        """Execute a document; its plan is cached under the text unless told otherwise.

        One that `is_valid` is not validated again.
        """
        key = document if document_key is None else document_key
        async with Context(asker, language=language, document_key=key) as context:
            context.recipes = self.recipes[document]
            if is_valid:
                found = await run(
                    self.schema._schema, parsed(document), operation, variables or {}, context
                )
                return ExecutionResult(None, found) if isinstance(found, list) else found
            return await self.schema.execute(
                document,
                variable_values=variables,
                context_value=context,
                operation_name=operation,
            )

    async def ask_quickly(
        self, document: str, asker: Principal | None, variables: dict[str, Any] | None = None
    ) -> bytes | None:
        """The fast door's JSON of `data` for what was asked before, None where it declines."""
        async with Context(asker, document_key=document) as context:
            found = await answer(self.recipes[document], variables or {}, context)
            self.handed_on = dict(context.seen)
            return found


@pytest.fixture
def fixture_schema() -> Any:
    """The schema over the fixture types, which nobody else's registry sees."""
    registries: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (NODES, fixture_types.TYPES),
        (READERS, fixture_types.RIGHTS),
        (LISTS, fixture_types.PAGES),
    ]
    known = [dict(registry) for registry, _ in registries]
    for registry, ours in registries:
        registry.clear()
        registry.update(ours)
    PLANS.clear()
    yield fixture_types.build()
    PLANS.clear()
    for (registry, _), before in zip(registries, known, strict=True):
        registry.clear()
        registry.update(before)


@dataclass(frozen=True)
class Rows:
    """What the database of these tests is filled with."""

    counties: tuple[County, County]
    supervisor: tuple[int, UUID]
    schools: list[School]
    pupils: list[Pupil]


@pytest.fixture
async def opened(cluster: Cluster) -> Furnished:
    """Two counties of one province, 12 schools and 40 pupils each."""
    return await cluster.furnished("rows", _furnish)


async def _furnish(_database: str) -> Rows:
    counties = await open_county("a"), await open_county("b")
    supervisor = await open_supervisor()
    schools, pupils, grams = _rows(random.Random(7), counties)
    async with engine(Role.MIGRATOR).begin() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {Role.OWNER}"))
        await connection.run_sync(FixtureBase.metadata.create_all)
        for table in FixtureBase.metadata.sorted_tables:
            for statement in statements(table):
                await connection.execute(text(statement))
        await connection.execute(text("RESET ROLE"))
        for kind, rows in ((School, schools), (Pupil, pupils), (Gram, grams)):
            names = [column.name for column in kind.__table__.columns]
            values = [{key: getattr(row, key) for key in names} for row in rows]
            await connection.execute(insert(kind), values)
    return Rows(counties, supervisor, schools, pupils)


@pytest.fixture
async def world(database: str, opened: Furnished, fixture_schema: strawberry.Schema) -> World:
    """The filled database and askers of every kind."""
    furnished: Rows = opened.known
    a, b = furnished.counties
    supervisor = await principal.load(*furnished.supervisor)
    assert supervisor is not None
    officer = await a.principal("county_officer")
    askers = {
        "all": replace(officer, permissions=frozenset(Permission)),
        "few": replace(officer, permissions=frozenset({Permission.UNIT_READ})),
        "none": replace(officer, permissions=frozenset()),
        "area": replace(await a.principal("area_lead"), permissions=frozenset(Permission)),
        "grid": await a.principal("officer1"),
        "other": replace(
            await b.principal("county_officer"),
            permissions=frozenset({Permission.UNIT_READ, Permission.CLUE_TRIAGE}),
        ),
        "province": replace(supervisor, permissions=frozenset(Permission)),
    }
    return World(fixture_schema, furnished.counties, askers, furnished.schools, furnished.pupils)


def _rows(
    rng: random.Random, counties: tuple[County, County]
) -> tuple[list[School], list[Pupil], list[Gram]]:
    schools: list[School] = []
    pupils: list[Pupil] = []
    grams: list[Gram] = []
    for county in counties:
        areas = [county.units[name] for name in ("area1", "school1", "area2")]
        own: list[School] = []
        for index in range(12):
            name = "".join(rng.sample(NAMES, 3)) + str(index)
            own.append(
                School(
                    tenant_id=county.number,
                    id=new_id(),
                    name=name,
                    kind=rng.choice(list(SchoolKind)),
                    area_id=rng.choice(areas),
                    parent_id=rng.choice(own).id if own and rng.random() < 0.8 else None,
                    fee=rng.choice([None, 0, 5, -50, 123456789, 10**15]),
                    rate=Decimal(rng.choice(["0", "12.345", "99.995", "0.005"])),
                    opened=date(2020, 1, 1) + timedelta(days=rng.randrange(3000)),
                    seen=rng.choice(
                        [
                            None,
                            datetime(1988, 7, 1, 16, 30, 0, 1999, UTC),
                            datetime(2026, 3, 1, 15, 59, 59, 999999, UTC),
                        ]
                    ),
                    made=datetime(2026, 1, 1, tzinfo=UTC)
                    + timedelta(microseconds=rng.choice([0, 1, 999_999, 86_400_000_001])),
                    note=f"备注{index}\"'\\",
                    phone=f"1380000{index:04}",
                    secret=rng.choice(["xbad", f"geheim{index}", "封"]).encode(),
                )
            )
            grams += [
                Gram(tenant_id=county.number, gram=gram, school_id=own[-1].id) for gram in set(name)
            ]
        schools += own
        ids = [new_id() for _ in range(40)]
        guardians: list[tuple[str | None, UUID | None]] = [
            (None, None),
            ("school", rng.choice(own).id),
            ("pupil", rng.choice(ids)),
            ("nobody", rng.choice(ids)),
        ]
        for index, pupil_id in enumerate(ids):
            kind, guardian = rng.choice(guardians)
            pupils.append(
                Pupil(
                    tenant_id=county.number,
                    id=pupil_id,
                    name=f"学生{index}",
                    score=rng.randrange(100),
                    school_id=rng.choice(own).id,
                    mentor_id=rng.choice([None, rng.choice(own).id]),
                    guardian_kind=kind,
                    guardian_id=guardian,
                )
            )
    return schools, pupils, grams
