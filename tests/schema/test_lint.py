"""Every rule of shape refuses the one schema that breaks it, and lets the clean one through."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from schema.lint import lint

CLEAN = """
interface Node { id: ID! }
type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
}
type Tenant implements Node {
  id: ID!
  grids(first: Int, last: Int, after: String, before: String): GridConnection!
}
enum GridKind { SCHOOL_ZONE AREA }
type Grid implements Node { id: ID! tenant: Tenant! kind: GridKind! isOpen: Boolean! name: String }
type Officer implements Node { id: ID! tenant: Tenant! grid: Grid! name: String }
type GridEdge { node: Grid! cursor: String! }
type GridConnection { nodes: [Grid!]! edges: [GridEdge!]! pageInfo: PageInfo! totalCount: Int! }
type UserError { field: [String!]! message: String! code: String! }
input GridOpenInput { id: ID! names: [String!] }
type GridOpenPayload { grid: Grid userErrors: [UserError!]! }
type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node] tenant: Tenant }
type Mutation { gridOpen(input: GridOpenInput!): GridOpenPayload }
"""


def described(sdl: str) -> GraphQLSchema:
    """A schema that describes everything it says nothing of, so its only faults are of shape."""
    made = build_schema(sdl)
    for type_ in made.type_map.values():
        parts: list[Any] = [type_]
        for member in {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}.values():
            parts += [member, *getattr(member, "args", {}).values()]
        for part in parts:
            part.description = part.description or "词 — word, at most 100"
    return made


def test_a_clean_schema_has_no_fault() -> None:
    assert lint(described(CLEAN), {"Grid", "Officer"}) == []


FAULTS = {
    "a word without Chinese": ("type Grid ", '"a grid" type Grid ', "begin with the Chinese"),
    "type name": ("Officer", "grid_officer", "PascalCase"),
    "enum value": ("SCHOOL_ZONE", "schoolZone", "SCREAMING_SNAKE_CASE"),
    "field name": ("kind: GridKind", "Kind: GridKind", "camelCase"),
    "argument name": ("tenant: Tenant }", "tenant(Of: Int): Tenant }", "camelCase"),
    "input field name": ("names: [", "Names: [", "camelCase"),
    "boolean": ("isOpen", "open", "is, has, can or should"),
    "boolean that only looks like one": ("isOpen", "issued", "is, has, can or should"),
    "reference by id": ("grid: Grid! name", "gridId: ID! name", "not an id of it"),
    "references by id": ("grid: Grid! name", "gridIds: [ID!]! name", "not an id of it"),
    "no tenant": ("tenant: Tenant! grid", "grid", "tenant: Tenant!"),
    "nullable tenant": ("tenant: Tenant! grid", "tenant: Tenant grid", "tenant: Tenant!"),
    "no nodes": ("{ nodes: [Grid!]! ", "{ ", "list `nodes`"),
    "no edges": ("edges: [GridEdge!]! ", "", "…Edge type"),
    "edges elsewhere": ("node: Grid!", "node: Officer!", "do not lead to Grid"),
    "nullable pageInfo": ("pageInfo: PageInfo!", "pageInfo: PageInfo", "pageInfo: PageInfo!"),
    "total as text": ("totalCount: Int!", "totalCount: String!", "of type Int"),
    "no cursor": (" cursor: String!", "", "cursor: String!"),
    "no node": ("{ node: Grid! ", "{ ", "one `node`"),
    "a list in an edge": ("node: Grid!", "node: [Grid!]!", "one `node`"),
    "pageInfo with more": ("endCursor: String", "endCursor: String total: Int", "exactly"),
    "pageInfo nullable": ("hasNextPage: Boolean!", "hasNextPage: Boolean", "exactly"),
    "no last": ("last: Int, ", "", "takes last: Int"),
    "after is an id": ("after: String", "after: ID", "takes after: String"),
    "node without id": ("interface Node { id: ID! }", "interface Node { name: Int }", "one field"),
    "id without Node": ("Payload { grid", "Payload { id: ID grid", "implements Node"),
    "no nodes root": (" nodes(ids: [ID!]!): [Node]", "", "Query.nodes"),
    "nodes may not be found": ("[Node]", "[Node!]", "Query.nodes"),
    "nodes that null their neighbours": ("[Node]", "[Node]!", "Query.nodes"),
    "verb first": ("gridOpen(", "openGrid(", "noun-verb"),
    "noun alone": ("gridOpen(", "grid(", "noun-verb"),
    "not null mutation": ("): GridOpenPayload }", "): GridOpenPayload! }", "nullable, or"),
    "two arguments": ("input: GridOpenInput!", "input: GridOpenInput!, id: ID", "one argument"),
    "nullable input": ("input: GridOpenInput!", "input: GridOpenInput", "that not null"),
    "no input": ("gridOpen(input: GridOpenInput!)", "gridOpen(id: ID!)", "an input object"),
    "generic update": ("input GridOpenInput {", "input GridOpenInput { status: Int", "a state"),
    "no payload": ("): GridOpenPayload }", "): Grid }", "…Payload"),
    "no user errors": (" userErrors: [UserError!]!", "", "userErrors: [UserError!]!"),
    "nullable user errors": ("[UserError!]!", "[UserError!]", "userErrors: [UserError!]!"),
    "user error without code": (" code: String!", "", "field, message and code"),
    "object always there": ("{ grid: Grid userErrors", "{ grid: Grid! userErrors", "a refusal"),
    "one name, two forms": ("Grid! name: String }", "Grid! name: String! }", "several forms"),
    "one name, list and not": ("Grid! name: String }", "Grid! name: [String] }", "several forms"),
    "text and object": ("grid: Grid! name: String", "grid: Grid! name: Grid", "several forms"),
    "list without bound": ("names: [", '"名称 — names" names: [', "a list is bounded"),
    "list argument without bound": ("(ids: [", '("标识 — all" ids: [', "a list is bounded"),
}  # fmt: skip


@pytest.mark.parametrize("which", FAULTS)
def test_each_fault_of_shape_is_told(which: str) -> None:
    """The same schema with one thing wrong; the clean one above is the control."""
    old, new, told = FAULTS[which]
    assert old in CLEAN
    faults = lint(described(CLEAN.replace(old, new)), {"Grid", "Officer"})
    assert [fault for fault in faults if told in fault], faults
