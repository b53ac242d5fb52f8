"""The closed list of codes: what the document, its values and our own words are told under."""

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


def test_unknown_errors_are_masked() -> None:
    error = GraphQLError("secret", original_error=RuntimeError("secret"))
    told = formatted(error, "r")
    assert told["extensions"] == {"code": "INTERNAL", "requestId": "r"}
    assert "secret" not in told["message"]
    assert code_of(GraphQLError("x", original_error=Forbidden("y"))) is Code.FORBIDDEN
