"""Documents made ready once: scanned, parsed, validated and priced, kept by their text."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Token,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.compiler.recipes import Recipes
from schema.errors import Code, refused
from schema.limits.cost import price
from schema.limits.numbers import DEFAULT, Limits
from schema.limits.price import Price
from schema.limits.rules import examine, is_about_schema
from schema.limits.scan import scan

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
MOST_ERRORS = 10
"""Validation stops here: nobody mends more at once, and each one more is work for the sender's."""
FEW_ERRORS = 3
"""With so few, what was probably meant is told: for each it is looked for in the whole schema."""
KEPT_CHARACTERS = 2_000_000
"""Of all kept documents together. A syntax tree takes about 150 bytes a character, so this
bounds the cache whoever fills it; it holds thousands of usual documents."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document."""

    name: str | None
    kind: OperationType
    price: Price
    is_about_schema: bool
    """Whether it asks for nothing but the schema itself."""
    recipes: Recipes = field(default_factory=Recipes)
    """How it is answered without the executor; forgotten with the document."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document as it may run, or the errors that forbid it."""

    key: str
    document: DocumentNode
    operations: tuple[Operation, ...] = ()
    errors: list[GraphQLError] = field(default_factory=list)
    cpu_s: float = 0
    """What reading it took, in seconds of the processor."""

    def operation(self, name: str | None) -> Operation:
        """The operation that a request means (GraphQL specification, §6.1 GetOperation).

        Raises Refused for an unknown name, or for none where there are several.
        """
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        for operation in self.operations:
            if name is not None and operation.name == name:
                return operation
        if name is None:
            raise refused(
                Code.BAD_USER_INPUT,
                zh="文档有多个操作，请给出 `operationName`",
                en="the document has several operations: give `operationName`",
            )
        raise refused(
            Code.BAD_USER_INPUT,
            zh=f"文档没有名为 {name[:100]} 的操作",
            en=f"the document has no operation named {name[:100]}",
        )


Made = TypeVar("Made")
_NOTHING = DocumentNode(definitions=())


class Documents:
    """Prepared documents of one schema; the least recently used are forgotten."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits = DEFAULT,
        most_characters: int = KEPT_CHARACTERS,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._most = most_characters
        self._characters = 0
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        # One thread: several would take the interpreter from the loop in turns.
        self._reader = ThreadPoolExecutor(1, "reader")

    def known(self, text: str) -> Prepared | None:
        """A document that is kept."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
        return found

    async def read(self, text: str) -> Prepared:
        """A new document ready to run, or its faults, which are kept like any other result.

        It is read in the reading thread: the dearest takes 50 ms.
        """
        return self._keep(text, await self.aside(lambda: self._made(text)))

    async def aside(self, task: Callable[[], Made]) -> Made:
        """What a task gives, done in the reading thread, so that the loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, task)

    def _keep(self, text: str, made: Prepared) -> Prepared:
        # What is too long is refused more cheaply than kept.
        if text in self._kept or len(text) > self._limits.document_chars:
            return made
        self._kept[text] = made
        self._characters += len(text)
        while self._characters > self._most:
            forgotten, _ = self._kept.popitem(last=False)
            self._characters -= len(forgotten)
        return made

    def _made(self, text: str) -> Prepared:
        began = time.thread_time()
        key = hashlib.sha256(text.encode()).hexdigest()
        document = _NOTHING
        operations: tuple[Operation, ...] = ()
        faults: list[GraphQLError]
        try:
            scan(text, self._limits)
            document = parse(text)
            _unchain(document)
            examine(document, self._limits)
            faults = self._validated(document)
            operations = () if faults else self._priced(document)
            faults = [_told(fault, Code.GRAPHQL_VALIDATION_FAILED) for fault in faults]
        except GraphQLError as error:
            faults = [_told(error, Code.GRAPHQL_PARSE_FAILED)]
        cpu_s = time.thread_time() - began
        return Prepared(key, _NOTHING if faults else document, operations, faults, cpu_s)

    def _validated(self, document: DocumentNode) -> list[GraphQLError]:
        faults = validate(
            self._schema, document, RULES, max_errors=MOST_ERRORS, hide_suggestions=True
        )
        if 0 < len(faults) <= FEW_ERRORS:
            return validate(self._schema, document, RULES)
        return faults

    def _priced(self, document: DocumentNode) -> tuple[Operation, ...]:
        found = []
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                name = node.name.value if node.name else None
                priced = price(self._schema, document, name, self._limits)
                about = is_about_schema(document, node, self._limits)
                found.append(Operation(name, node.operation, priced, about))
        return tuple(found)


def _unchain(document: DocumentNode) -> None:
    """Take the lexer's tokens apart, which nobody follows any more.

    Chained both ways they would be freed by a collection only, which holds up the loop.
    """
    token: Token | None = document.loc.start_token if document.loc else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


def _told(error: GraphQLError, code: Code) -> GraphQLError:
    """The error under the code of its stage, unless it has one of its own; without our frames.

    Its places are told by line and column; it does not keep the document's tree alive.
    """
    error.extensions = {"code": code.value, **(error.extensions or {})}
    error.nodes = None
    return error.with_traceback(None)
