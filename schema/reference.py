"""The API reference for third-party frontends, written from the code it speaks of."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_specified_scalar_type,
)

from schema.compiler.declared import source_of
from schema.errors import CATALOGUE, Code
from schema.evolution import coordinates
from schema.http.status import Envelope, status
from schema.limits.numbers import DEFAULT
from schema.lint import PAGING

PAGE = "infra/docs/api.md"

ADVICE = {
    Code.GRAPHQL_PARSE_FAILED: "Correct the document; the same text fails again.",
    Code.GRAPHQL_VALIDATION_FAILED: "Check the document against the SDL; it fails again.",
    Code.BAD_USER_INPUT: "Correct the value or header that `message` names.",
    Code.BAD_CURSOR: "Begin the list again without `after` and `before`.",
    Code.UNAUTHENTICATED: "Get a new token, then repeat the request once.",
    Code.FORBIDDEN: "Do not repeat. The field at `path` is null; the rest of `data` is good.",
    Code.PERSISTED_QUERY_NOT_FOUND: "Repeat with the whole text in `query` beside its hash.",
    Code.DOCUMENT_NOT_ALLOWED: "Register the document, or send one that is registered.",
    Code.COST_LIMIT_EXCEEDED: "Ask for less: smaller pages, fewer lists inside lists.",
    Code.THROTTLED: "Wait `retryAfterMs` (header `Retry-After`, in seconds), then repeat.",
    Code.TENANT_SUSPENDED: "Tell the user; do not repeat.",
    Code.READ_ONLY: "Go on reading; repeat the mutation later.",
    Code.TIMEOUT: "Ask for less, or repeat; a mutation only under its `idempotencyKey`.",
    Code.INTERNAL: "Report `requestId`; repeat a mutation only under its `idempotencyKey`.",
}
"""What a client does about each top-level code."""

_HEAD = """# API reference

For authors of third-party frontends. Written by `python -m schema.export` from the code, which
is where to change it; `make check` fails when the two differ. The types are in
[`schema.graphql`](../../schema/schema.graphql), in Chinese and English.

## Endpoint

One endpoint, `/graphql`. `POST` a JSON object (`Content-Type: application/json`, UTF-8) of
`query`, `variables`, `operationName` and `extensions`; `GET` takes the same as URL parameters,
for queries alone. A document with several operations needs `operationName`. There is no
batching; files go another way, see below.

Ask for `Accept: application/graphql-response+json`: the status then tells of the document too.
`application/json` gets 200 for faults of the document as well. Answers are compact UTF-8 JSON;
messages follow `Accept-Language` (`zh-CN`, which is the default, or `en`).

Evolution is additive. What goes is marked `@deprecated(reason: "用 X 代替；removed 2027-10-01")`
at least twelve months before; take new enum values, union members and nullable fields in stride.

## Authentication

`Authorization: Bearer <token>`, and nothing else: cookies are not read, so a page of somebody
else has nothing to ride on. The token alone says which tenant is asked; no argument and no host
name does. What one may not see and what does not exist get the same answer. Without a token a
client reaches what is public; those fields name the place by its `publicCode`.

Ids are opaque: keep them, compare them, send them back, never take them apart. `node(id:)` and
`nodes(ids:)` answer null for what is unknown.
"""

_ERRORS = """## Errors

What the user can mend comes as `userErrors { field message code }` in the payload of a mutation,
status 200, several at once; `field` is the path of the input at fault. Everything else is in
`errors[]` with `extensions { code requestId retryAfterMs }`; the codes are a closed list.
"""

_LISTS = """## Lists

Every list is a Relay connection: `nodes`, `edges { node cursor }`, `pageInfo`, `totalCount`.
Give exactly one of `first` and `last`, 0 to 100. `after` and `before` take a cursor that the same
list answered; cursors stay good while rows come and go. Ask for `totalCount` only where it is
shown: it counts all rows. Put pages into the `first` that you need, because cost is counted as
`first` × what stands inside, before anything runs.
"""

_KEYS = """## Changing

Mutations are named noun-verb, take one `input` and answer a nullable object with `userErrors`. One
root field is one transaction; a field that fails takes back its own effect alone. Those marked
"alone" move money or set it aside: each is the only field of its request.

- `expectedVersion` is the `version` that was read. When the object has changed since, the user
  error is `CONFLICT` and the payload holds the object as it is now.
- `idempotencyKey` is made by the client, one for each intent (a UUID is good), and is sent again
  with each try. A repeat has no second effect: it reads the objects of the first under the new
  selection and says `extensions.idempotentReplay`. A refused try keeps nothing. The same key with
  another input is the user error `IDEMPOTENCY_KEY_REUSED`.
"""

_FILES = """## Files

1. `stagedUploadCreate` answers `{ url method parameters resourceUrl expiresAt }`.
2. Send the bytes there: `POST`, `multipart/form-data`, first the `parameters` as fields (there may
   be none), then the field `file`, with the same bearer token. The answer is 201 and
   `{ "file": { id type sizeBytes sha256 }, "userErrors": [] }`, or 422 with `file` null and
   `userErrors` of codes of `FileErrorCode`; 401, 403, 413, 415 and 429 answer as `/graphql` does.
   JPEG, PNG, WebP and PDF are taken, judged by the bytes; name and type that a client gives are
   not kept. An upload takes bytes once: after a 201 or a lost answer announce another.
3. Give `resourceUrl`, or the file's id, to the command that uses it. A file is used once, by the
   account that uploaded it, and removed if nothing uses it before `expiresAt`.

`File.url` is a path on the same host, signed, good for ten minutes and for nobody's token: ask for
it when the picture is shown. Of a picture it opens the display copy: upright, at most 2,560 pixels
on the longer edge, without EXIF. `fileOriginalOpen` opens the file as it came, for a reason that is
kept.
"""


def reference(schema: GraphQLSchema) -> str:
    """The page in Markdown; the same schema gives the same text."""
    parts = [
        _HEAD,
        *_status(),
        _ERRORS,
        _codes(),
        *_user_errors(schema),
        *limits(DEFAULT),
        "## Scalars\n",
        table(("scalar", "form"), _scalars(schema)),
        _LISTS,
        table(("list", "arguments beside the pages'"), _lists(schema)),
        _KEYS,
        table(("mutation", "what it does", "needs"), _mutations(schema)),
        _FILES,
        *_deprecated(schema),
    ]
    return "\n".join(parts)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    cells = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _code(word: object) -> str:
    return f"`{word}`"


def _status() -> Iterator[str]:
    yield "## Status\n"
    media = ("application/graphql-response+json", "application/json")
    causes: list[tuple[str, Any]] = [("an answer with `data`", None)]
    causes += [(f"request: {str(why.name).lower().replace('_', ' ')}", why) for why in Envelope]
    causes += [(_code(code), code) for code in Code]
    rows = [(told, *(str(status(why, type_)) for type_ in media)) for told, why in causes]
    yield table(("cause", *map(_code, media)), rows)


def _codes() -> str:
    rows = ((_code(code), *CATALOGUE[code], ADVICE[code]) for code in Code)
    return table(("code", "中文", "meaning", "what a client does"), rows)


def _user_errors(schema: GraphQLSchema) -> Iterator[str]:
    enums = [
        type_
        for name, type_ in sorted(schema.type_map.items())
        if isinstance(type_, GraphQLEnumType) and name.endswith("ErrorCode")
    ]
    if enums:
        yield "### Codes of user errors\n"
    for type_ in enums:
        yield f"`{type_.name}`: {type_.description}\n"
        rows = ((_code(key), value.description or "") for key, value in type_.values.items())
        yield table(("code", "meaning"), sorted(rows))


def limits(bounds: Any) -> Iterator[str]:
    """The bounds of a dataclass: name, value, and unit and meaning from the metadata."""
    if bounds is None:
        return
    yield "## Limits\n\nChecked before anything runs; `extensions.cost` is on every answer.\n"
    rows = []
    for item in fields(bounds):
        value = getattr(bounds, item.name)
        unit, told = (item.metadata.get(key, "") for key in ("unit", "description"))
        rows.append((_code(item.name), f"{value:,} {unit}".rstrip(), told))
    yield table(("limit", "value", "meaning"), rows)


def _scalars(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, type_ in sorted(schema.type_map.items()):
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_):
            yield _code(name), type_.description or ""


def _lists(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    for name, type_ in sorted(schema.type_map.items()):
        if not isinstance(type_, GraphQLObjectType):
            continue
        for key, field in sorted(type_.fields.items()):
            if get_named_type(field.type).name.endswith("Connection"):
                own = [
                    _code(f"{argument}: {given.type}")
                    for argument, given in sorted(field.args.items())
                    if argument not in PAGING
                ]
                yield _code(f"{name}.{key}"), ", ".join(own) or "—"


def _mutations(schema: GraphQLSchema) -> Iterator[tuple[str, str, str]]:
    roots = schema.mutation_type.fields if schema.mutation_type else {}
    for name, field in sorted(roots.items()):
        needs = [_code(key) for key in ("expectedVersion", "idempotencyKey") if _takes(field, key)]
        if getattr(source_of(field), "alone", False):
            needs.append("alone")
        yield _code(name), field.description or "", ", ".join(needs) or "—"


def _takes(field: GraphQLField, name: str) -> bool:
    given = field.args.get("input")
    named = get_named_type(given.type) if given is not None else None
    return isinstance(named, GraphQLInputObjectType) and name in named.fields


def _deprecated(schema: GraphQLSchema) -> Iterator[str]:
    rows = sorted((_code(where), why) for where, why in coordinates(schema) if why is not None)
    if rows:
        yield "## Deprecated\n"
        yield table(("what", "instead, and until when"), rows)
