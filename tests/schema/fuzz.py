"""Schemathesis' cases over the schema, asked by every role, and what no answer may hold."""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx2
import schemathesis
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    execute_sync,
    is_specified_scalar_type,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode
from schemathesis.graphql import nodes
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    response_schema_conformance,
)
from starlette.applications import Starlette
from starlette.routing import Route

from infra.database.base import Base
from schema.errors import Code
from schema.export import printed
from schema.graphql import WanggeSchema
from schema.http import Endpoint
from tenants.auth.tokens import Identity, issue
from tests.harness.county import open_supervisor
from tests.peers.web import PATIENT
from tests.schema.asking import whole_schema
from tests.schema.world import World
from tests.services.institutions.codes import uscc

PAGING = ("first", "last", "after", "before")
TABLES = [name for name in Base.metadata.tables if "_" in name]
LEAKS = re.compile(
    r"Traceback|\bFile \\?\"|[\w-]+/[\w.-]+\.py\b|\w(?:Error|Exception)[:(]"
    r"|asyncpg|sqlalchemy|psycopg|strawberry"
    r"|\bSELECT\b[^\"]*\bFROM\b|\bINSERT INTO\b|relation \\?\"|duplicate key|violates \w+|pg_\w+"
    rf"|\b(?:{'|'.join(TABLES)})\b"
)
"""Words of the inside: tracebacks, paths, drivers, SQL, names of tables."""


def run_seed() -> int:
    """The run's seed, printed; WANGGE_SEED repeats it."""
    chosen = int(os.environ.get("WANGGE_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {chosen}")
    return chosen


def _some(good: list[str], bad: list[str]) -> st.SearchStrategy[Any]:
    """Text of a scalar: three times in four a good one, else a bad one or no text at all."""
    texts = st.sampled_from(good * 3 + bad)
    return st.one_of(
        texts.map(nodes.String),
        texts.map(nodes.String),
        st.one_of(st.text(max_size=30).map(nodes.String), st.integers().map(nodes.Int)),
    )


def teach(world: World) -> None:
    """Tell schemathesis the values that mean something here, wrong ones among them."""
    words = [world.county.public_code, *world.receipt.values(), "school1", "zone-9"]
    words += ["周末在居民楼内上数学课，约二十人。", "某培训中心", "13800138000", "k" * 24]
    nasty = ["", " ", "\x00", "' OR 1=1 --", "%_\\", "长" * 2_000, "🙂" * 30, "\u202e", "${x}"]
    date_, time_ = "2026-01-31", "T08:00:00+08:00"
    days = ["2026-02-30", "0001-01-01", "9999-12-31", "２０２６-01-01", "2026-1-1", "today"]
    scalars = {
        "ID": _some([*world.ids.values()], ["%%%", "VGVuYW50OjE6", *nasty]),
        "String": _some(words, nasty),
        "Date": _some([date_, "2024-02-29", "2020-01-01"], days),
        "DateTime": _some(
            [date_ + time_, f"{date_}T00:00:00Z", f"{date_}T08:00:00.123456+08:00"],
            [date_, f"{date_}T08:00:00", *(day + time_ for day in days)],
        ),
        "USCC": _some([uscc(n) for n in range(60, 80)], [uscc(1)[:-1], uscc(1).lower(), "1" * 18]),
        "PhoneNumber": _some(
            ["13800138000", "+86 138 0013 8000"], ["12345", "138****5678", "+1 212 555 0100"]
        ),
        "Money": _some(["12345.67", "0.00"], ["-1.00", "1e5", "0.001", "NaN", "9" * 40 + ".00"]),
        "Percent": _some(["99.99", "0.00"], ["abc", "-1", "1e400"]),
        "Int": st.sampled_from([0, 1, 2, 5, 100, 101, -1, 2**31 - 1, -(2**31), 2**63]).map(
            nodes.Int
        ),
    }
    for name, strategy in scalars.items():
        schemathesis.graphql.scalar(name, strategy)
    load_all_checks()


class _Paged(Visitor):
    """Asks every list for a page that exists, as random arguments hardly ever do."""

    def __init__(self, random_: random.Random) -> None:
        super().__init__()
        self.random = random_

    def enter_field(self, node: FieldNode, *_where: Any) -> FieldNode | None:
        """The field with one of first and last, and no cursor."""
        given_ = {argument.name.value for argument in node.arguments or ()}
        if "first" not in given_:
            return None
        end = self.random.choice(["first", *(["last"] if "last" in given_ else [])])
        size = IntValueNode(value=self.random.choice("0125"))
        kept = [a for a in node.arguments or () if a.name.value not in PAGING]
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=(*kept, ArgumentNode(name=NameNode(value=end), value=size)),
            directives=node.directives,
            selection_set=node.selection_set,
        )


class _Named(Visitor):
    """Asks every object for its type, so that the answer can be read without us."""

    def enter_selection_set(
        self, node: SelectionSetNode, _key: Any, parent: Any, *_where: Any
    ) -> SelectionSetNode | None:
        """The selection and `__typename`; not at the root."""
        if isinstance(parent, OperationDefinitionNode):
            return None
        asked = FieldNode(name=NameNode(value="__typename"))
        return SelectionSetNode(selections=(*node.selections, asked))


@st.composite
def _cases(draw: st.DrawFn, operations: list[Any]) -> Any:
    """A case of schemathesis; one in four breaks the schema, most others ask for real pages."""
    operation = draw(st.sampled_from(operations))
    is_negative = draw(st.integers(0, 3)) == 0
    mode = GenerationMode.NEGATIVE if is_negative else GenerationMode.POSITIVE
    case = draw(operation.as_strategy(generation_mode=mode))
    if not is_negative and draw(st.integers(0, 9)):
        random_ = draw(st.randoms(use_true_random=False))
        case.body = print_ast(visit(visit(parse(case.body), _Paged(random_)), _Named()))
    return case


def conforms(schema: GraphQLSchema, document: str, answer: dict[str, Any]) -> str | None:
    """Why `data` is no answer to the document under the SDL, or None.

    graphql-core executes the document again over the answer itself: every null, list, enum
    value and type name has to pass the reference's completion, and nothing may be left over.
    """
    told = [error.get("path") for error in answer.get("errors", ())]
    again = execute_sync(
        schema,
        parse(document),
        answer["data"],
        field_resolver=lambda source, info, **_arguments: source[info.path.key],
        type_resolver=lambda source, _info, _abstract: source.get("__typename"),
    )
    for error in again.errors or ():
        if error.path not in told:
            return f"{error.path}: {error.message}"
    return None if again.data == answer["data"] else "more or other keys than were asked for"


def faults(sdl: GraphQLSchema, document: str, response: httpx2.Response) -> Iterator[str]:
    """What is wrong with an answer, whatever the question was."""
    if response.status_code >= 500:
        yield f"status {response.status_code}"
    leak = LEAKS.search(response.text)
    if leak:
        yield f"internal text: {leak[0]}"
    answer = response.json()
    for error in answer.get("errors", ()):
        code = error.get("extensions", {}).get("code")
        if code == Code.INTERNAL or code not in Code.__members__:
            yield f"code {code}"
        if not error.get("extensions", {}).get("requestId"):
            yield "an error without requestId"
    if answer.get("data") is not None and "__typename" in document:
        wrong = conforms(sdl, document, answer)
        if wrong:
            yield f"shape: {wrong}"


@cache
def _loaded(sdl: str) -> tuple[GraphQLSchema, list[Any]]:
    """A schema and all its operations, for which `teach` has to have come first."""
    built = build_schema(sdl)
    unknown = [
        name
        for name, type_ in built.type_map.items()
        if isinstance(type_, GraphQLScalarType)
        and not is_specified_scalar_type(type_)
        and name not in schemathesis.specs.graphql.scalars.CUSTOM_SCALARS
    ]
    assert not unknown, f"scalars without values in teach(): {unknown}"
    loaded = schemathesis.graphql.from_file(sdl)
    return built, [found.ok() for found in loaded.get_all_operations()]


class Fuzz:
    """The cases of one schema, asked in this process over ASGI."""

    def __init__(self, schema: WanggeSchema, world: World) -> None:
        teach(world)
        self.sdl, self.operations = _loaded(printed(schema._schema))
        routes = [Route("/graphql", Endpoint(schema, PATIENT), methods=["POST"])]
        self.app = Starlette(routes=routes)
        self.found: dict[str, str] = {}
        self.outcomes: Counter[str] = Counter()

    def only(self, label: str) -> "Fuzz":
        """Ask one root field, `Query.viewer`."""
        self.operations = [o for o in self.operations if o.label == label]
        return self

    async def run(self, token: str | None, cases: int, chosen: int) -> dict[str, str]:
        """Ask that many cases; what was found, each with the shortest document that shows it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        loop = asyncio.get_running_loop()
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://wangge.test", headers=headers
        ) as client:

            @seed(chosen)
            @settings(
                max_examples=cases,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(_cases(self.operations))
            def one(case: Any) -> None:
                sent = client.post("/graphql", json={"query": case.body})
                response = asyncio.run_coroutine_threadsafe(sent, loop).result()
                self._judge(case, response)

            # Hypothesis is synchronous; the application keeps this loop.
            await asyncio.to_thread(one)
        return self.found

    def _judge(self, case: Any, response: httpx2.Response) -> None:
        found = [*faults(self.sdl, case.body, response)]
        try:
            case.validate_response(
                response, checks=[response_schema_conformance, negative_data_rejection]
            )
        except* Failure as failed:
            found += [str(failure) for failure in failed.exceptions]
        for fault in found:
            shorter = min(case.body, self.found.get(fault, case.body), key=len)
            self.found[fault] = shorter
        self.outcomes[_outcome(response.json())] += 1


def _outcome(answer: dict[str, Any]) -> str:
    if any(e["extensions"].get("code") == Code.THROTTLED for e in answer.get("errors", ())):
        return "throttled"
    if any(value is not None for value in (answer.get("data") or {}).values()):
        return "answered"
    return "null" if "data" in answer else "refused"


ROLES = (
    "public",
    "officer1",
    "clue_officer",
    "county_officer",
    "leader",
    "admin",
    "city",
    "province",
)


async def token_of(world: World, who: str) -> str | None:
    """A token of a role; the public has none."""
    if who == "public":
        return None
    if who == "city":
        return issue(Identity(*await open_supervisor(who)))
    if who == "province":
        return world.token("supervisor")
    return world.county.token(who)


async def ask_as(who: str, world: World, cases: int) -> None:
    """Ask that many cases as a role, print what they came to, and judge."""
    chosen = run_seed()
    fuzz = Fuzz(whole_schema(), world)
    found = await fuzz.run(await token_of(world, who), cases, chosen)
    print(f"{who}: {fuzz.outcomes.total()} cases, {dict(sorted(fuzz.outcomes.items()))}")
    assert fuzz.outcomes.total() >= cases
    # Cases that reach nothing prove nothing.
    assert cases < 100 or fuzz.outcomes["answered"]
    assert fuzz.outcomes["throttled"] <= cases / 10
    assert not found, "\n\n".join(f"{fault}\n{at}" for fault, at in found.items())
