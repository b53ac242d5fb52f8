"""Connections: nodes, edges, pageInfo and totalCount of one relation, its page read once."""

from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLField, GraphQLList, GraphQLObjectType, get_named_type
from graphql.type import get_nullable_type

from schema.compiler.declared import node_of, source_of
from schema.compiler.expressions import json_row, named_part
from schema.compiler.filters import Selecting
from schema.compiler.keyset import Order, order_of
from schema.compiler.plan import Getter
from schema.compiler.sources import NodeDefinition
from schema.errors import Code, refused
from schema.pagination import MAX_PAGE

_LISTINGS = ("nodes", "edges")


@dataclass
class _Page:
    """What one connection field asks for: which way, from where, how many."""

    order: Order
    is_backward: bool
    limit: str
    after: list[str] | None
    before: list[str] | None

    def conditions(self, row: str) -> list[str]:
        """That a row lies between the cursors."""
        found = []
        if self.after is not None:
            found.append(self.order.beyond(row, self.after, after=True))
        if self.before is not None:
            found.append(self.order.beyond(row, self.before, after=False))
        return found


class Connections:
    """Writes the text of one connection field; `equalities` tie its rows to the parent row."""

    def __init__(
        self,
        compiler: Any,
        definition: GraphQLField,
        details: list[Any],
        equalities: list[tuple[str, str]],
        where: Any,
    ) -> None:
        self.compiler, self.definition, self.details = compiler, definition, details
        self.named = cast(GraphQLObjectType, get_named_type(definition.type))
        self.target: NodeDefinition = node_of(self.named)
        self.equalities, self.where = equalities, where
        self.node = details[0].node
        self.selecting = Selecting(compiler, definition, self.node, self.target)
        self.given = self.selecting.given
        compiler.plan.checks.append(_limit(definition, self.node))

    def text(self) -> str:
        """The connection object."""
        selected = self.compiler.subfields(self.named, self.details)
        names = [sub[0].node.name.value for sub in selected.values()]
        listings = sum(name in _LISTINGS for name in names)
        if not listings and "pageInfo" not in names:
            self._judge(names)
            return json_row([self._outside(key, sub) for key, sub in selected.items()])
        page = self._page()
        if listings == 1 and "pageInfo" not in names and not page.is_backward:
            return json_row(
                [
                    named_part(self._plain(page, sub), key, sub)
                    if sub[0].node.name.value in _LISTINGS
                    else self._outside(key, sub)
                    for key, sub in selected.items()
                ]
            )
        return self._whole(page, selected)

    def _judge(self, names: list[str]) -> None:
        """Arguments are judged even where no statement uses them."""
        with self.compiler.unused():
            self._page()
            if "totalCount" not in names:
                self.selecting.conditions(next(self.compiler.rows))

    def _outside(self, key: str, sub: list[Any]) -> str:
        """What does not depend on the page."""
        name = sub[0].node.name.value
        if name == "__typename":
            return named_part(f"'{self.named.name}'::text", key, sub)
        if name == "totalCount":
            return named_part(self._count(), key, sub)
        raise TypeError(f"{self.named.name}.{name} declares no source")

    def _conditions(self, row: str) -> str:
        found = [f'{row}."{theirs}" = {ours}' for theirs, ours in self.equalities]
        restrict = self.compiler.seen if self.equalities else self.compiler.scoped
        found += restrict(self.target, row, self.where)
        found += self.selecting.conditions(row)
        return " AND ".join(found)

    def _count(self) -> str:
        row = next(self.compiler.rows)
        return (
            f'(SELECT count(*) FROM "{self.target.table.name}" {row} WHERE {self._conditions(row)})'  # noqa: S608
        )

    def _page(self) -> _Page:
        compiler = self.compiler
        order = self._order()
        is_backward = self.given.get("first") is None
        limit = compiler.bind("int", _limit(self.definition, self.node))

        def bound(name: str) -> list[str] | None:
            if self.given.get(name) is None:
                return None

            def key(run: Any, index: int) -> Any:
                cursor = run.arguments(self.definition, self.node)[name]
                return order.decode(cursor, self.node)[index]

            return [
                compiler.bind(each.type, lambda run, i=index: key(run, i))
                for index, each in enumerate(order.keys)
            ]

        return _Page(order, is_backward, limit, bound("after"), bound("before"))

    def _order(self) -> Order:
        chosen = self.given.get("orderBy")
        if chosen is None:
            return order_of(self.target, self.selecting.list.order, None)
        node_type = self.compiler.executor.schema.get_type(self.target.name)
        source = source_of(node_type.fields[_value(chosen["field"])])
        is_descending = _value(chosen["direction"]) == "DESC"
        return order_of(self.target, (source.order,), is_descending)

    def _rows(self, page: _Page, columns: str, row: str, more: str) -> str:
        conditions = " AND ".join([self._conditions(row), *page.conditions(row)])
        return (
            f'SELECT {columns} FROM "{self.target.table.name}" {row} WHERE {conditions}'  # noqa: S608
            f" ORDER BY {page.order.by(row, reverse=page.is_backward)} LIMIT {page.limit}{more}"
        )

    def _plain(self, page: _Page, sub: list[Any]) -> str:
        """One listing and nothing about the page: no row beyond it need be read."""
        row = next(self.compiler.rows)
        rows = self._rows(page, f'{self._item(page, sub, row)} AS "#"', row, "")
        return f'(SELECT coalesce(json_agg("#"."#"), \'[]\') FROM ({rows}) "#")'  # noqa: S608

    def _whole(self, page: _Page, selected: Any) -> str:
        """The page with one row beyond it, aggregated once for all that was asked."""
        row, inner, numbered, made = (next(self.compiler.rows) for _ in range(4))
        parts, read, has_info = [], [], False
        for key, sub in selected.items():
            name = sub[0].node.name.value
            if name in _LISTINGS:
                column = f'"n{len(read)}"'
                parts.append(named_part(f"{made}.{column}", key, sub))
                read.append(f"{self._item(page, sub, row)} AS {column}")
            elif name == "pageInfo":
                parts.append(named_part(self._info(page, sub, made), key, sub))
                has_info = True
            else:
                parts.append(self._outside(key, sub))
        listings = len(read)
        if has_info:
            read.append(f'{page.order.cursor(row)} AS "$c"')
        rows = self._rows(page, ", ".join(read), row, " + 1")
        # One order for all: PostgreSQL may sort the rows for one aggregate and feed them all so.
        within = f'FILTER (WHERE {numbered}."#" <= {page.limit})'
        order = f'ORDER BY {numbered}."#"' + (" DESC" if page.is_backward else "")
        aggregates = [
            f'coalesce(json_agg({numbered}."n{i}" {order}) {within}, \'[]\') AS "n{i}"'
            for i in range(listings)
        ]
        if has_info:
            cursors = f'(array_agg({numbered}."$c" {order}) {within})'
            aggregates += [
                f'count(*) > {page.limit} AS "#more"',
                f'{cursors}[1] AS "#start"',
                f'{cursors}[count(*) {within}] AS "#end"',
            ]
        source = (
            f"SELECT {', '.join(aggregates)} FROM"  # noqa: S608
            f' (SELECT {inner}.*, row_number() OVER () AS "#" FROM ({rows}) {inner}) {numbered}'
        )
        return json_row(parts, f"({source}) {made}")

    def _item(self, page: _Page, sub: list[Any], row: str) -> str:
        """The JSON of one entry of `nodes` or `edges`."""
        compiler = self.compiler
        listed = self.named.fields[sub[0].node.name.value].type
        item = cast(GraphQLList[Any], get_nullable_type(listed)).of_type
        element = cast(GraphQLObjectType, get_named_type(listed))
        with compiler.position(listed), compiler.position(item):
            if element.name == self.target.name:
                return str(
                    compiler.object(element, self.target, row, compiler.subfields(element, sub))
                )
            return self._edge(page, element, sub, row)

    def _edge(self, page: _Page, edge: GraphQLObjectType, details: list[Any], row: str) -> str:
        compiler, parts = self.compiler, []
        for key, sub in compiler.subfields(edge, details).items():
            match sub[0].node.name.value:
                case "__typename":
                    text = f"'{edge.name}'::text"
                case "cursor":
                    text = page.order.cursor(row)
                case _:
                    node_type = cast(GraphQLObjectType, get_named_type(edge.fields["node"].type))
                    with compiler.position(edge.fields["node"].type):
                        found = compiler.subfields(node_type, sub)
                        text = compiler.object(node_type, self.target, row, found)
            parts.append(named_part(text, key, sub))
        return json_row(parts)

    def _info(self, page: _Page, details: list[Any], made: str) -> str:
        parts = []
        named = cast(GraphQLObjectType, get_named_type(self.named.fields["pageInfo"].type))
        for key, sub in self.compiler.subfields(named, details).items():
            match sub[0].node.name.value:
                case "__typename":
                    text = f"'{named.name}'::text"
                case "startCursor":
                    text = f'{made}."#start"'
                case "endCursor":
                    text = f'{made}."#end"'
                case "hasNextPage" if page.is_backward:
                    text = str(page.before is not None).lower()
                case "hasPreviousPage" if not page.is_backward:
                    text = str(page.after is not None).lower()
                case _:
                    text = f'{made}."#more"'
            parts.append(named_part(text, key, sub))
        return json_row(parts)


def _value(given: Any) -> Any:
    return getattr(given, "value", given)


def _limit(definition: GraphQLField, node: Any) -> Getter:
    """How many rows: exactly one of `first` and `last`, 0 to MAX_PAGE."""

    def limit(run: Any) -> int:
        given = run.arguments(definition, node)
        asked = [given[name] for name in ("first", "last") if given.get(name) is not None]
        if len(asked) != 1 or not 0 <= asked[0] <= MAX_PAGE:
            raise refused(
                Code.BAD_USER_INPUT,
                f"exactly one of `first` and `last` is required, 0 to {MAX_PAGE};"
                f" `first` 与 `last` 须二选一，0 至 {MAX_PAGE}",
                node,
            )
        return cast(int, asked[0])

    return limit
