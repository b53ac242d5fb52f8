"""Random documents whose cost depends on pages, ids, conditions, fragments and types."""

import random
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type, is_leaf_type

PAGES = ("0", "1", "3", "100", "101", "-1", "null", "$n", "$m", "$d", "99999999999999", '"x"')
IDS = ('["a", "b"]', "[]", "null", '"a"', "$ids", '["a", $id]')
CONDITIONS = (
    *("@include(if: $b)", "@skip(if: $b)", "@skip(if: $c)", "@skip(if: $b) @include(if: $c)"),
    *("@include(if: false)", "@skip(if: true)", "@include(if: true)"),
)
VARIABLES: dict[str, tuple[Any, ...]] = {
    "n": (0, 1, 7, 100, 1_000, -3, None, True, "x", 2.5),
    "m": (5, None),
    "d": (2, None),
    "ids": (["a"], [], ["a"] * 40, "a", None),
    "id": ("a",),
    "b": (True, False),
    "c": (True, False, None),
}
HEAD = "($n: Int, $m: Int, $d: Int = 9, $ids: [ID!], $id: ID, $b: Boolean!, $c: Boolean = true)"


class Writer:
    """Writes documents over a schema; the faults in them are those a client may make."""

    def __init__(self, schema: GraphQLSchema, rng: random.Random) -> None:
        self.schema, self.rng = schema, rng

    def document(self) -> str:
        """One document with one operation."""
        self.fragments: dict[str, tuple[str, str]] = {}
        self.size = 0
        if self.rng.random() < 0.1 and self.schema.mutation_type:
            head, root = "mutation", "Mutation"
        else:
            head, root = "query", "Query"
        body = self._set(self.schema.type_map[root], 0)
        told = [f"fragment {name} on {on} {text}" for name, (on, text) in self.fragments.items()]
        return "\n".join([f"{head} {HEAD} {body}", *told])

    def variables(self) -> dict[str, Any]:
        """Values for a request; some absent."""
        return {
            name: self.rng.choice(values)
            for name, values in VARIABLES.items()
            if self.rng.random() < 0.8
        }

    def _set(self, named: Any, depth: int) -> str:
        return (
            "{ " + " ".join(self._one(named, depth) for _ in range(self.rng.randint(1, 3))) + " }"
        )

    def _one(self, named: Any, depth: int) -> str:
        self.size += 1
        roll = self.rng.random()
        when = f" {self.rng.choice(CONDITIONS)}" if self.rng.random() < 0.2 else ""
        if roll < 0.15 and depth < 6:
            return self._spread(named, depth) + when
        if depth < 7 and (roll < 0.3 or (is_abstract_type(named) and roll < 0.9)):
            on = self._narrowed(named)
            told = f" on {on.name}" if on is not named or self.rng.random() < 0.5 else ""
            return f"...{told}{when} {self._set(on, depth + 1)}"
        fields = getattr(named, "fields", {})
        if depth > 5 or self.size > 40:
            fields = {k: f for k, f in fields.items() if is_leaf_type(get_named_type(f.type))}
        # No pay: it must stand alone.
        names = [name for name in fields if name != "pay"]
        if not names:
            return "__typename"
        return self._field(self.rng.choice(names), fields, when, depth)

    def _field(self, name: str, fields: Any, when: str, depth: int) -> str:
        inside = get_named_type(fields[name].type)
        alias = f"k{self.size}: " if self.rng.random() < 0.3 else ""
        given = []
        if inside.name.endswith("Connection"):
            for argument in ("first", "last"):
                if self.rng.random() < 0.6:
                    given.append(f"{argument}: {self.rng.choice(PAGES)}")
        elif name == "things":
            given.append(f"ids: {self.rng.choice(IDS)}")
        arguments = f"({', '.join(given)})" if given else ""
        below = "" if is_leaf_type(inside) else f" {self._set(inside, depth + 1)}"
        return f"{alias}{name}{arguments}{when}{below}"

    def _spread(self, named: Any, depth: int) -> str:
        """A fragment, often one there is already."""
        known = [name for name, (on, text) in self.fragments.items() if on == named.name and text]
        if known and self.rng.random() < 0.7:
            return f"...{self.rng.choice(known)}"
        name = f"F{len(self.fragments)}"
        # Without text until it is written, so that it does not spread itself.
        self.fragments[name] = (named.name, "")
        self.fragments[name] = (named.name, self._set(named, depth + 1))
        return f"...{name}"

    def _narrowed(self, named: Any) -> Any:
        """The type, one of its types, or one that holds it."""
        if isinstance(named, GraphQLObjectType):
            return self.rng.choice([named, named, *named.interfaces])
        return self.rng.choice([named, *self.schema.get_possible_types(named)])
