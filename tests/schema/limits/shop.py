"""A small schema with declared costs: pages, ids, an interface, plain lists, mutations."""

from types import SimpleNamespace
from typing import Annotated, Any

import strawberry
from graphql import GraphQLSchema

from schema.compiler.sources import SOURCE


def _field(**declared: Any) -> Any:
    """A field whose declaration says what it costs, as those of the product do."""

    def resolve(
        first: int | None = None, last: int | None = None, ids: list[strawberry.ID] | None = None
    ) -> Any:
        raise AssertionError("nothing is run to price a document")

    return strawberry.field(resolver=resolve, metadata={SOURCE: SimpleNamespace(**declared)})


@strawberry.interface
class Thing:
    """What has an id."""

    id: strawberry.ID


@strawberry.type
class Figure:
    """A row of a plain list."""

    value: int
    item: "Item"


@strawberry.type
class PageInfo:
    """No row."""

    has_next_page: bool


@strawberry.type
class ItemEdge:
    """A row and its cursor."""

    cursor: str
    node: "Item"


@strawberry.type
class ItemConnection:
    """A page."""

    nodes: list["Item"]
    edges: list[ItemEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(metadata={SOURCE: SimpleNamespace(cost=3)})


@strawberry.type
class Shop(Thing):
    """One of the things."""

    name: str
    items: ItemConnection = _field(cost=4)
    best: "Item"


@strawberry.type
class Item(Thing):
    """Another."""

    name: str
    price: int = strawberry.field(metadata={SOURCE: SimpleNamespace(cost=2)})
    shop: Shop
    owner: Thing
    items: ItemConnection = _field()


@strawberry.type
class Payload:
    """What a mutation answers."""

    item: Item | None


@strawberry.type
class Query:
    """The root."""

    item: Item
    thing: Thing
    choice: Annotated[Item | Shop, strawberry.union("Choice")]
    items: ItemConnection = _field()
    things: list[Thing | None] = _field(cost=1)
    figures: list[Figure] = _field(cost=10, rows=7)
    plain: list[Figure]
    dear: int = strawberry.field(metadata={SOURCE: SimpleNamespace(cost=5)})


@strawberry.type
class Mutation:
    """Three that differ in what they declare."""

    note: Payload
    send: Payload = strawberry.field(metadata={SOURCE: SimpleNamespace(cost=25)})
    pay: Payload = strawberry.field(metadata={SOURCE: SimpleNamespace(cost=0, alone=True)})


SCHEMA: GraphQLSchema = strawberry.Schema(Query, Mutation)._schema
