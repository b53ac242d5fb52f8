"""The closed list of codes: what the document, its values and our own words are told under."""

import asyncpg
import orjson
import pytest
from graphql import GraphQLError

from infra.errors import Forbidden
from schema.errors import Code, code_of, formatted
from tests.schema.compiler.conftest import World


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{ schools(first: 1) {", {}, Code.GRAPHQL_PARSE_FAILED),
        ("{ nothing }", {}, Code.GRAPHQL_VALIDATION_FAILED),
        ("query($n: Int) { __typename }", {}, Code.GRAPHQL_VALIDATION_FAILED),
        ("{ schools(first: $n) { totalCount } }", {}, Code.GRAPHQL_VALIDATION_FAILED),
        ('{ schools(first: "x") { totalCount } }', {}, Code.GRAPHQL_VALIDATION_FAILED),
        ("query($n: Int!) { schools(first: $n) { totalCount } }", {}, Code.BAD_USER_INPUT),
        ("query($n: Int) { schools(first: $n) { totalCount } }", {"n": "x"}, Code.BAD_USER_INPUT),
    ],
)
async def test_faults_of_a_request(
    world: World, document: str, variables: dict[str, object], code: Code
) -> None:
    answer = await world.ask(document, world.askers["all"], variables)
    assert {code_of(error) for error in answer.errors or []} == {code}
    assert all(error.locations for error in answer.errors or [])


async def test_a_statement_that_fails_nulls_its_root_field_alone(
    world: World, admin: asyncpg.Connection
) -> None:
    await admin.execute("ALTER TABLE fx_pupil RENAME COLUMN score TO points")
    document = """{ a: schools(first: 1) { totalCount }
      b: schools(first: 9) { nodes { pupils(first: 1) { nodes { score } } } }
      c: schools(first: 1) { nodes { name } } }"""
    answer = await world.ask(document, world.askers["all"])
    (error,) = answer.errors or []
    assert error.path == ["b"] and code_of(error) is Code.INTERNAL
    assert "score" not in formatted(error, "r")["message"]
    data = orjson.loads(orjson.dumps(answer.data))
    assert data["b"] is None and data["a"]["totalCount"] == 12 and len(data["c"]["nodes"]) == 1


async def test_null_or_an_error_as_declared(world: World) -> None:
    document = "{ schools(first: 1) { nodes { quiet note masked } } }"
    answer = await world.ask(document, world.askers["few"])
    (node,) = orjson.loads(orjson.dumps(answer.data))["schools"]["nodes"]
    assert (node["quiet"], node["note"], node["masked"][1:]) == (None, None, "***")
    assert [error.path for error in answer.errors or []] == [["schools", "nodes", 0, "note"]]


def test_unknown_errors_are_masked() -> None:
    error = GraphQLError("secret", original_error=RuntimeError("secret"))
    told = formatted(error, "r")
    assert told["extensions"] == {"code": "INTERNAL", "requestId": "r"}
    assert "secret" not in told["message"]
    assert code_of(GraphQLError("x", original_error=Forbidden("y"))) is Code.FORBIDDEN
