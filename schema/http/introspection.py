"""Answers about the schema alone: made beside the loop, kept, and spliced into the response."""

import hashlib
from collections import OrderedDict
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema

from schema.context import Context
from schema.documents import Documents, Prepared
from schema.http.run import run_at_once

KEPT_ANSWERS = 16
"""A tool's usual question has an answer of 180 kB, the longest that the limits allow of 700 kB."""


class SchemaAnswers:
    """What was answered about one schema; the least recently asked is forgotten.

    An operation of nothing but `__schema`, `__type` and `__typename` depends on its document and
    variables only: neither who asks nor when is in it. Its answer takes 80 ms of the processor.
    """

    def __init__(self, schema: GraphQLSchema, documents: Documents) -> None:
        self._schema = schema
        self._documents = documents
        self._kept: OrderedDict[bytes, orjson.Fragment] = OrderedDict()

    async def of(
        self, prepared: Prepared, name: str | None, variables: dict[str, Any], context: Context
    ) -> orjson.Fragment | ExecutionResult | list[GraphQLError]:
        """The data as JSON; or the result where something was wrong, which is not kept."""
        sent = orjson.dumps([prepared.key, name, variables], option=orjson.OPT_SORT_KEYS)
        key = hashlib.sha256(sent).digest()
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known

        def made() -> bytes | ExecutionResult | list[GraphQLError]:
            result = run_at_once(self._schema, prepared.document, name, variables, context)
            return (
                result if isinstance(result, list) or result.errors else orjson.dumps(result.data)
            )

        answer = await self._documents.aside(made)
        if not isinstance(answer, bytes):
            return answer
        self._kept[key] = orjson.Fragment(answer)
        if len(self._kept) > KEPT_ANSWERS:
            self._kept.popitem(last=False)
        return self._kept[key]
