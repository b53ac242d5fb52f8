"""Groupings: visible rows counted by the dimensions asked for, the largest groups first."""

from typing import Any, cast

from graphql import GraphQLField, GraphQLList, GraphQLObjectType, get_named_type
from graphql.type import get_nullable_type

from infra.errors import Forbidden
from schema.compiler.declared import node_of, pairs, source_of
from schema.compiler.expressions import (
    at,
    encode,
    json_row,
    named_part,
    readable,
    render,
)
from schema.compiler.filters import Selecting
from schema.compiler.lists import Measure
from schema.compiler.sources import NODES, Column, Grouped, NodeDefinition
from schema.errors import Code, refused
from schema.pagination import MAX_DIMENSIONS, MAX_PAGE


class Groups:
    """Writes the text of one grouping field."""

    def __init__(
        self, compiler: Any, definition: GraphQLField, details: list[Any], source: Grouped
    ) -> None:
        self.compiler, self.definition, self.details = compiler, definition, details
        self.named = cast(GraphQLObjectType, get_named_type(definition.type))
        self.node = details[0].node
        given = compiler.executor.arguments(definition, self.node)
        # Each dimension once, in the order asked for; which they are is structure.
        self.by = list(dict.fromkeys(getattr(d, "value", d) for d in given["groupBy"]))
        self.source = source
        compiler.plan.checks.append(self._limit)

    def text(self) -> str:
        """A JSON array of groups."""
        compiler = self.compiler
        row, group = next(compiler.rows), next(compiler.rows)
        target = node_of(self.named)
        selecting = Selecting(compiler, self.definition, self.node, target)
        keys = {name: self._keys(name, target, row) for name in self.by}
        columns = [f'{text} AS "{key}"' for own in keys.values() for key, text in own.items()]
        measures = {
            name: source.expression
            for name, field in self.named.fields.items()
            if isinstance(source := source_of(field), Measure)
        }
        columns += [
            f'{at(render(expression, target.table), row)} AS "m.{name}"'
            for name, expression in measures.items()
        ]
        conditions = [*compiler.scoped(target, row, self.source.where)]
        conditions += selecting.conditions(row)
        texts = [text for own in keys.values() for text in own.values()]
        by = ", ".join(texts or ["()"])
        order = ", ".join(["count(*) DESC", *texts])
        inner = (
            f'SELECT {", ".join(columns)} FROM "{target.table.name}" {row}'  # noqa: S608
            f" WHERE {' AND '.join(conditions)} GROUP BY {by} ORDER BY {order}"
            f" LIMIT {compiler.bind('int', self._limit)}"
        )
        listed = self.definition.type
        item = cast(GraphQLList[Any], get_nullable_type(listed)).of_type
        with compiler.position(item):
            body = self._object(target, group)
        return f"(SELECT coalesce(json_agg({body}), '[]') FROM ({inner}) {group})"  # noqa: S608

    def _keys(self, name: str, target: NodeDefinition, row: str) -> dict[str, str]:
        """The columns of one dimension: its value, or the keys of the row it leads to."""
        field = self.named.fields[name]
        source = source_of(field)
        if isinstance(source, Column):
            self._permit(source.requires, source.expression)
            return {f"d.{name}": at(render(source.expression, target.table), row)}
        self._permit(source.requires, source.attribute)
        to = NODES[get_named_type(field.type).name]
        found = pairs(source.attribute, target, to, False)
        return {f"d.{name}.{theirs}": f'{row}."{ours}"' for theirs, ours in found}

    def _permit(self, permission: Any, expression: Any) -> None:
        compiler = self.compiler
        if permission is not None and permission not in compiler.permissions:
            reason = Forbidden(permission.value)
        elif not readable(expression, compiler.scope.role):
            reason = Forbidden()
        else:
            return
        raise refused(Code.FORBIDDEN, nodes=self.node, original_error=reason)

    def _object(self, target: NodeDefinition, group: str) -> str:
        compiler, parts = self.compiler, []
        for key, sub in compiler.subfields(self.named, self.details).items():
            name = sub[0].node.name.value
            if name == "__typename":
                parts.append(named_part(f"'{self.named.name}'::text", key, sub))
                continue
            field = self.named.fields[name]
            source = source_of(field)
            scalar = get_named_type(field.type).name
            with compiler.position(field.type):
                if isinstance(source, Measure):
                    text = encode(scalar, f'{group}."m.{name}"')
                elif name not in self.by:
                    text = "NULL::json"
                elif isinstance(source, Column):
                    text = encode(scalar, f'{group}."d.{name}"')
                else:
                    text = self._row(field, source, sub, target, group)
            parts.append(named_part(text, key, sub))
        return json_row(parts)

    def _row(
        self, field: GraphQLField, source: Any, sub: list[Any], target: NodeDefinition, group: str
    ) -> str:
        named = cast(GraphQLObjectType, get_named_type(field.type))
        to, row = NODES[named.name], next(self.compiler.rows)
        name = sub[0].node.name.value
        conditions = [
            f'{row}."{theirs}" = {group}."d.{name}.{theirs}"'
            for theirs, _ in pairs(source.attribute, target, to, False)
        ]
        conditions += self.compiler.seen(to, row, source.where)
        return str(self.compiler.select_one(named, to, row, sub, conditions))

    def _limit(self, run: Any) -> int:
        given = run.arguments(self.definition, self.node)
        first = given["first"]
        count = len(given["groupBy"])
        if not 1 <= first <= MAX_PAGE or not 1 <= count <= MAX_DIMENSIONS:
            raise refused(
                Code.BAD_USER_INPUT,
                zh=f"`groupBy` 为 1 至 {MAX_DIMENSIONS} 项，`first` 为 1 至 {MAX_PAGE}",
                en=f"`groupBy` names 1 to {MAX_DIMENSIONS} dimensions, `first` is 1 to {MAX_PAGE}",
                nodes=self.node,
            )
        return cast(int, first)
