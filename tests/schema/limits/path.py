"""The whole way of a document before anything runs, as the HTTP door takes it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLSchema, parse, validate

from schema.errors import Code, code_of
from schema.limits.cost import price
from schema.limits.rules import examine
from schema.limits.scan import scan
from schema.limits.values import check_variables

MOST_ERRORS = 10


@dataclass(frozen=True)
class Outcome:
    """Where a document was refused, under which code, and what that took."""

    stage: str
    code: Code | None
    message: str
    cpu_s: float


def admitted(schema: GraphQLSchema, text: str, variables: Mapping[str, Any]) -> Outcome:
    """Scan → parse → examine → validate → variables → price."""
    began, stage = time.thread_time(), "scan"
    try:
        scan(text)
        stage = "parse"
        document = parse(text)
        stage = "examine"
        examine(document)
        stage = "validate"
        faults = validate(schema, document, max_errors=MOST_ERRORS)
        if faults:
            raise faults[0]
        stage = "variables"
        check_variables(variables)
        stage = "price"
        price(schema, document, None).checked(variables)
    except GraphQLError as error:
        spent = time.thread_time() - began
        # As the door does: what validation finds is told as its own, though it speaks of a value.
        code = Code.GRAPHQL_VALIDATION_FAILED if stage == "validate" else code_of(error)
        return Outcome(stage, code, error.message, spent)
    return Outcome("run", None, "", time.thread_time() - began)


def unguarded(schema: GraphQLSchema, text: str) -> Outcome:
    """What graphql-core does by itself: parse and validate."""
    began = time.thread_time()
    try:
        faults = validate(schema, parse(text))
    except GraphQLError as error:
        faults = [error]
    spent = time.thread_time() - began
    return Outcome("graphql-core", code_of(faults[0]) if faults else None, "", spent)
