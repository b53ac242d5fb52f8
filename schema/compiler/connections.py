"""Connections: page, search, nodes and totalCount of one relation."""

from typing import Any, cast

from graphql import GraphQLField, GraphQLList, GraphQLObjectType, get_named_type
from graphql.type import get_nullable_type

from schema.compiler.declared import node_of
from schema.compiler.expressions import at, json_row, named_part, render
from schema.compiler.plan import Getter
from schema.compiler.sources import NodeDefinition, Relation, Root, Search
from schema.errors import Code, refused
from schema.pagination import MAX_PAGE


def connection(
    compiler: Any,
    definition: GraphQLField,
    named: GraphQLObjectType,
    details: list[Any],
    equalities: list[tuple[str, str]],
    source: Relation | Root,
) -> str:
    """The connection object; `equalities` tie their columns to the parent row's, if any."""
    target = node_of(named)
    limit = _limit(definition, details[0].node)
    compiler.plan.checks.append(limit)
    grams = _Grams(compiler, source.search, definition, details[0].node)
    parts = []
    for key, sub in compiler.subfields(named, details).items():
        name = sub[0].node.name.value
        if name == "__typename":
            parts.append(named_part(f"'{named.name}'::text", key, sub))
            continue
        row = next(compiler.rows)
        conditions = [f'{row}."{theirs}" = {ours}' for theirs, ours in equalities]
        restrict = compiler.seen if equalities else compiler.scoped
        conditions += restrict(target, row, source.where)
        conditions += grams.conditions(target, row)
        conditions += _filtered(compiler, source, definition, details[0].node, row)
        origin = f'FROM "{target.table.name}" {row} WHERE {" AND ".join(conditions)}'
        if name == "totalCount":
            text = f"(SELECT count(*) {origin})"
        elif name == "nodes":
            text = _nodes(compiler, named, target, row, sub, source, origin, limit)
        else:
            raise TypeError(f"{named.name}.{name} declares no source")
        parts.append(named_part(text, key, sub))
    return json_row(parts)


def _nodes(
    compiler: Any,
    named: GraphQLObjectType,
    target: NodeDefinition,
    row: str,
    sub: list[Any],
    source: Relation | Root,
    origin: str,
    limit: Getter,
) -> str:
    listed = named.fields["nodes"].type
    item = cast(GraphQLList[Any], get_nullable_type(listed)).of_type
    element = cast(GraphQLObjectType, get_named_type(listed))
    with compiler.position(listed), compiler.position(item):
        body = compiler.object(element, target, row, compiler.subfields(element, sub))
    order = [at(render(e, target.table), row) for e in source.order]
    order += [f'{row}."{c}"' for c in dict.fromkeys((target.tenant_column, target.id_column))]
    return (
        f'(SELECT coalesce(json_agg("#"."#"), \'[]\') FROM (SELECT {body} AS "#" {origin}'  # noqa: S608
        f' ORDER BY {", ".join(order)} LIMIT {compiler.bind("int", limit)}) "#")'
    )


def _limit(definition: GraphQLField, node: Any) -> Getter:
    def limit(run: Any) -> int:
        first = run.arguments(definition, node).get("first")
        if first is None or not 0 <= first <= MAX_PAGE:
            raise refused(
                Code.BAD_USER_INPUT,
                zh=f"`first` 必填，0 至 {MAX_PAGE}",
                en=f"`first` is required, 0 to {MAX_PAGE}",
                nodes=node,
            )
        return cast(int, first)

    return limit


def _filtered(
    compiler: Any, source: Relation | Root, definition: GraphQLField, node: Any, row: str
) -> list[str]:
    """Equalities of the given filter; which of its lists are given is structure, not value."""
    chosen = source.filter if isinstance(source, Root) else None
    given = compiler.executor.arguments(definition, node).get("filter") if chosen else None
    if chosen is None or given is None:
        return []

    def listed(name: str) -> Getter:
        def values(run: Any) -> list[str]:
            found = run.arguments(definition, node)["filter"][name]
            if len(found) > MAX_PAGE:
                raise refused(
                    Code.BAD_USER_INPUT,
                    zh=f"`filter.{name}` 至多 {MAX_PAGE} 个值",
                    en=f"`filter.{name}` has at most {MAX_PAGE} values",
                    nodes=node,
                )
            return [str(value) for value in found]

        return values

    return [
        f'{row}."{attribute.key}" = ANY({compiler.bind("text[]", listed(name))})'
        for name, attribute in chosen.columns.items()
        if given.get(name) is not None
    ]


class _Grams:
    """The words of one connection field, bound once however many sub-selects use them."""

    def __init__(
        self, compiler: Any, search: Search | None, definition: GraphQLField, node: Any
    ) -> None:
        self._compiler = compiler
        self._search = search
        self._bound = ""
        # Whether `q` is there is structure (see plan.shape); what it says is a parameter.
        arguments = compiler.executor.arguments(definition, node) if search else {}
        if search is None or arguments.get("q") is None:
            self._search = None
            return

        def grams(run: Any) -> list[str]:
            found = list(search.grams(run.arguments(definition, node)["q"]))
            if not found:
                raise refused(
                    Code.BAD_USER_INPUT,
                    zh="`q` 没有可检索的内容",
                    en="`q` holds nothing to search for",
                    nodes=node,
                )
            return found

        self._getter = grams

    def conditions(self, target: NodeDefinition, row: str) -> list[str]:
        """A posting exists for every gram."""
        search = self._search
        if search is None:
            return []
        if not self._bound:
            self._bound = self._compiler.bind("text[]", self._getter)
        bound = self._bound
        posting = (
            f'SELECT 1 FROM "{search.gram.class_.__tablename__}" p'  # noqa: S608
            f' WHERE p.tenant_id = {row}."{target.tenant_column}"'
            f' AND p."{search.reference.key}" = {row}."{target.id_column}"'
            f' AND p."{search.gram.key}" = '
        )
        # The first gram is an equality the planner can start from; the others filter.
        return [
            f"EXISTS ({posting}({bound})[1])",
            f"NOT EXISTS (SELECT 1 FROM unnest(({bound})[2:]) g(x)"  # noqa: S608
            f" WHERE NOT EXISTS ({posting}g.x))",
        ]
