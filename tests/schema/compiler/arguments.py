"""Random argument values: mostly right, now and then wrong, each wrong one noted."""

import random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.language import parse_type
from graphql.type import get_nullable_type, is_list_type

SCALARS: dict[str, list[Any]] = {
    "String": ["春", "南", "南北", "中东", "1", "学生1", "备注3\"'\\", "%", ""],
    "Int": [0, 1, 2, 3, 5, 6, 40, 60],
    "Money": ["0.00", "0.05", "-0.50", "1234567.89", "10000000000000.00"],
    "Percent": ["0.00", "12.34", "99.99", "100.00"],
    "Date": ["2020-01-01", "2022-06-30", "2024-02-29", "2031-01-01"],
    "DateTime": [
        "2026-01-01T08:00:00+08:00",
        "2026-01-02T00:00:00.000001+00:00",
        "1988-07-02T01:30:00.001999+09:00",
        "2026-03-01T23:59:59.999999+08:00",
    ],
    "Boolean": [True, False],
}
SENSITIVE = {"note", "masked", "NOTE"}


class Name(str):
    """An enum value: a bare name in a document, a string in JSON."""


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Name():
            return str(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case dict():
            return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case _:
            return str(value)


class Values:
    """Makes values by type; `note` is whoever must know that one is wrong or sensitive."""

    def __init__(
        self, schema: GraphQLSchema, rng: random.Random, ids: list[str], cursors: dict[str, Any]
    ) -> None:
        self.schema, self.rng, self.ids = schema, rng, ids
        self.cursors = {
            f"Fx{kind.title()}Connection": [c for c, k in cursors.items() if k.kind == kind]
            for kind in ("school", "pupil")
        }

    def chosen(self, arguments: dict[str, Any], note: Any) -> list[str]:
        """Which arguments a field is given."""
        rng = self.rng
        names = [name for name, argument in arguments.items() if is_non_null_type(argument.type)]
        if "last" in arguments:
            names.append(rng.choice(["first", "first", "last"]))
            if rng.random() < 0.01:
                names = [n for n in names if n not in ("first", "last")]
                names += rng.choice([[], ["first", "last"]])
                note.may_fault = True
        odds = {"after": 0.2, "before": 0.12, "filter": 0.3, "orderBy": 0.3, "q": 0.15}
        odds["tenantIds"] = 0.1
        return names + [n for n, chance in odds.items() if n in arguments and rng.random() < chance]

    def cursor(self, listed: str, note: Any) -> str | None:
        """A cursor; it may belong to another order, which the oracle knows."""
        roll = self.rng.random()
        if roll < 0.05:
            return None
        note.may_fault = True
        if roll < 0.08:
            return self.rng.choice(["", "AAAA", "not a cursor", "W10"])
        return self.rng.choice(self.cursors[listed])

    def variable(self, type_: str, note: Any) -> Any:
        """A value for a variable of the type as written."""
        found = type_from_ast(self.schema, parse_type(type_))
        name = {"Int": "first", "[ID!]": "tenantIds", "String": "q"}.get(type_, "")
        if name == "first" and self.rng.random() < 0.05:
            note.may_fault = True
            return None
        return self.value(found, name, note)

    def value(self, type_: Any, name: str, note: Any, depth: int = 0) -> Any:
        """A value of a type for an argument or input field of that name."""
        rng = self.rng
        plain: Any = get_nullable_type(type_)
        if not is_non_null_type(type_) and rng.random() < (0.03 if depth else 0.06):
            # Null is «absent» for an argument and wrong inside a filter.
            note.may_fault |= depth > 0 or name in ("first", "last")
            return None
        if is_list_type(plain):
            return self._list(plain.of_type, name, note, depth)
        named = get_named_type(plain)
        if isinstance(named, GraphQLEnumType):
            chosen = rng.choice(sorted(named.values))
            note.sensitive |= chosen in SENSITIVE
            return Name(chosen)
        if isinstance(named, GraphQLInputObjectType):
            return self._object(named, note, depth)
        if name in ("first", "last"):
            if rng.random() < 0.02:
                note.may_fault = True
                return rng.choice([101, -1])
            return rng.choice([0, 1, 2, 3, 4, 5, 100])
        if named.name == "ID":
            return rng.choice(self.ids)
        value = rng.choice(SCALARS[named.name])
        note.may_fault |= name == "q" and value == ""
        return value

    def _list(self, of: Any, name: str, note: Any, depth: int) -> list[Any]:
        count = self.rng.choice([0, 1, 2, 3])
        if name == "groupBy" and count == 0:
            note.may_fault = True
        return [self.value(of, name, note, depth + 1) for _ in range(count)]

    def _object(self, named: GraphQLInputObjectType, note: Any, depth: int) -> dict[str, Any]:
        fields = named.fields
        if "direction" in fields:
            given = {"field": self.value(fields["field"].type, "field", note)}
            if self.rng.random() < 0.7:
                given["direction"] = Name(self.rng.choice(["ASC", "DESC"]))
            return given
        names = [n for n in sorted(fields) if depth < 4 or n not in ("and", "or", "not")]
        picked = self.rng.sample(names, min(len(names), self.rng.choice([0, 1, 1, 2, 3])))
        note.sensitive |= bool(SENSITIVE & set(picked))
        return {n: self.value(fields[n].type, n, note, depth + 1) for n in picked}
