"""`filter`, `q` and `tenantIds`: conditions whose structure is text and whose values are bound."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import GraphQLField, GraphQLObjectType, get_named_type

from infra.errors import Forbidden
from infra.ids import decode_id
from schema.compiler.declared import source_of
from schema.compiler.expressions import at, readable, render, sql_type
from schema.compiler.plan import Getter
from schema.compiler.sources import LISTS, NODES, Column, ListDefinition, NodeDefinition, Search
from schema.errors import Code, refused
from schema.pagination import MAX_PAGE

_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "not": "IS DISTINCT FROM"}
_NO_ROW = UUID(int=0)


class Selecting:
    """The conditions of one list field; each value is bound once however often it is used."""

    def __init__(
        self, compiler: Any, definition: GraphQLField, node: Any, target: NodeDefinition
    ) -> None:
        self.compiler, self.definition, self.node, self.target = compiler, definition, node, target
        self.list: ListDefinition = LISTS[get_named_type(definition.type).name]
        self.given = compiler.executor.arguments(definition, node)
        self._bound: dict[Any, str] = {}

    def conditions(self, row: str) -> list[str]:
        """The texts that a row must fulfil."""
        found = list(self._words(row)) + list(self._tenants(row))
        if self.given.get("filter") is not None:
            named = self.compiler.executor.schema.get_type(self.target.name)
            found.append(self._all(named, ("filter",), self.given["filter"], row))
        return found

    # -- values

    def bind(self, key: Any, sql: str, read: Callable[[Any], Any]) -> str:
        """A parameter's text; `read` takes the field's coerced arguments of a run."""
        if key not in self._bound:

            def getter(run: Any) -> Any:
                return read(run.arguments(self.definition, self.node))

            self._bound[key] = self.compiler.bind(sql, getter)
        return self._bound[key]

    def _wrong(self, *, zh: str, en: str) -> Exception:
        return refused(Code.BAD_USER_INPUT, zh=zh, en=en, nodes=self.node)

    def _check(self, check: Getter) -> None:
        self.compiler.plan.checks.append(check)

    # -- q

    def _words(self, row: str) -> Iterator[str]:
        # Whether `q` is there is structure (see plan.shape); what it says is a parameter.
        search = self.list.search
        if search is None or self.given.get("q") is None:
            return
        searching = search

        def grams(arguments: Any) -> list[str]:
            found = list(searching.grams(arguments["q"]))
            if not found:
                raise self._wrong(zh="`q` 没有可检索的内容", en="`q` holds nothing to search for")
            return found

        yield from self._postings(search, row, self.bind("q", "text[]", grams))

    def _postings(self, search: Search, row: str, bound: str) -> Iterator[str]:
        """A posting exists for every gram of the bound array."""
        posting = (
            f'SELECT 1 FROM "{search.gram.class_.__tablename__}" p'  # noqa: S608
            f' WHERE p.tenant_id = {row}."{self.target.tenant_column}"'
            f' AND p."{search.reference.key}" = {row}."{self.target.id_column}"'
            f' AND p."{search.gram.key}" = '
        )
        # The first gram is an equality the planner can start from; the others filter.
        yield f"EXISTS ({posting}({bound})[1])"
        yield (
            f"NOT EXISTS (SELECT 1 FROM unnest(({bound})[2:]) g(x)"  # noqa: S608
            f" WHERE NOT EXISTS ({posting}g.x))"
        )

    # -- tenantIds

    def _tenants(self, row: str) -> Iterator[str]:
        if self.given.get("tenantIds") is None:
            return

        def numbers(arguments: Any) -> list[int]:
            given = self._listed(arguments["tenantIds"], "tenantIds")
            decoded = [decode_id(value) for value in given]
            return [one.tenant_id for one in decoded if one and _is_tenant(one.type)]

        bound = self.bind("tenantIds", "int[]", numbers)
        yield f'{row}."{self.target.tenant_column}" = ANY({bound})'

    def _listed(self, values: list[Any], name: str) -> list[Any]:
        if len(values) > MAX_PAGE:
            raise self._wrong(
                zh=f"`{name}` 至多 {MAX_PAGE} 个值", en=f"`{name}` has at most {MAX_PAGE} values"
            )
        return values

    # -- filter

    def _all(self, named: GraphQLObjectType, path: tuple[Any, ...], given: Any, row: str) -> str:
        """All parts of one filter object."""
        parts = [self._part(named, (*path, key), key, value, row) for key, value in given.items()]
        return "(" + " AND ".join(parts or ["true"]) + ")"

    def _part(
        self, named: GraphQLObjectType, path: tuple[Any, ...], key: str, value: Any, row: str
    ) -> str:
        if value is None:
            return self._not_null(path)
        if key in ("and", "or"):
            items = self._listed(value, ".".join(map(str, path)))
            parts = [self._all(named, (*path, i), item, row) for i, item in enumerate(items)]
            word, empty = (" AND ", "true") if key == "and" else (" OR ", "false")
            return "(" + (word.join(parts) or empty) + ")"
        if key == "not":
            # Unknown counts as «does not hold», so its opposite holds.
            return f"coalesce(NOT {self._all(named, path, value, row)}, true)"
        return self._field(named.fields[key], path, value, row)

    def _not_null(self, path: tuple[Any, ...]) -> str:
        """What a null in place of a condition becomes: an error, never «no restriction»."""
        name = ".".join(map(str, path))

        def check(_run: Any) -> None:
            raise self._wrong(
                zh=f"`{name}` 不可为 null，请用 isNull", en=f"`{name}` may not be null, use isNull"
            )

        self._check(check)
        return "false"

    def _field(self, field: GraphQLField, path: tuple[Any, ...], given: Any, row: str) -> str:
        source = source_of(field)
        if source.requires is not None and source.requires not in self.compiler.permissions:
            self._forbid(source.requires.value)
        expression = source.expression if isinstance(source, Column) else source.attribute
        if not readable(expression, self.compiler.scope.role):
            self._forbid(path[-1])
        text = at(render(expression, self.target.table), row)
        reader = _reader(field, source)
        parts = []
        for key, value in given.items():
            if value is None:
                parts.append(self._not_null((*path, key)))
            elif key == "isNull":
                parts.append(f"{text} IS {'' if value else 'NOT '}NULL")
            else:
                parts += self._operator(key, (*path, key), text, expression, reader, row)
        return "(" + " AND ".join(parts or ["true"]) + ")"

    def _operator(
        self, key: str, path: tuple[Any, ...], text: str, expression: Any, reader: Any, row: str
    ) -> Iterator[str]:
        name = ".".join(map(str, path))

        def value(arguments: Any) -> Any:
            found = arguments
            for step in path:
                found = found[step]
            return found

        def one(arguments: Any) -> Any:
            return self._read(reader, value(arguments), name)

        def many(arguments: Any) -> list[Any]:
            return [self._read(reader, v, name) for v in self._listed(value(arguments), name)]

        of = sql_type(expression)
        if key == "in":
            yield f"{text} = ANY({self.bind(path, f'{of}[]', many)})"
        elif key == "contains":
            search = self.list.search
            if search is not None and search.column.key == getattr(expression, "key", None):
                grams = search.grams
                bound = self.bind((*path, "grams"), "text[]", lambda a: list(grams(one(a))))
                # No gram at all (punctuation alone): only the text itself can tell.
                found = " AND ".join(self._postings(search, row, bound))
                yield f"(cardinality({bound}) = 0 OR {found})"
            yield f"strpos({text}, {self.bind(path, 'text', one)}) > 0"
        else:
            yield f"{text} {_SIGNS[key]} {self.bind(path, of, one)}"

    def _read(self, reader: Callable[[Any], Any], value: Any, name: str) -> Any:
        found = reader(value)
        if isinstance(found, str) and "\x00" in found:
            raise self._wrong(zh=f"`{name}` 含有空字符", en=f"`{name}` holds a NUL character")
        return found

    def _forbid(self, what: str) -> None:
        """A filter tells what it filters by, so it needs the same rights."""
        raise refused(Code.FORBIDDEN, nodes=self.node, original_error=Forbidden(what))


def _reader(field: GraphQLField, source: Any) -> Callable[[Any], Any]:
    """From a coerced argument to what the driver takes for the column."""
    named = get_named_type(field.type)
    if not isinstance(source, Column):
        return lambda value: _row_id(value, named.name)
    match named.name:
        case "Money":
            return lambda value: int(Decimal(value).scaleb(2))
        case "Percent":
            return Decimal
        case _:
            return lambda value: getattr(value, "value", value)


def _is_tenant(type_name: str) -> bool:
    """Whether a type's rows are the tenants themselves."""
    known = NODES.get(type_name)
    return known is not None and known.id_column == known.tenant_column


def _row_id(value: str, type_name: str) -> Any:
    """The row an opaque id names; of another type sharing the table it is the same row."""
    decoded = decode_id(value)
    table = NODES[type_name].table
    if decoded is None or decoded.type not in NODES or NODES[decoded.type].table is not table:
        return _NO_ROW
    return decoded.id
