"""Random documents over a schema: aliases, fragments, directives, variables, nesting."""

import random
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

MAX_DEPTH = 4
WORDS = ["春", "南", "南北", "中东", "1", None] * 3 + [""]


@dataclass
class Document:
    """Text with the declarations of its variables."""

    text: str = ""
    types: dict[str, str] = field(default_factory=dict)


class Generator:
    """Writes documents; `ids` are those a client could know, wrong ones among them."""

    def __init__(self, schema: GraphQLSchema, rng: random.Random, ids: list[str]) -> None:
        self.schema, self.rng, self.ids = schema, rng, ids

    def document(self) -> Document:
        """One document with one operation."""
        self.made = Document()
        self.fragments: list[str] = []
        self.serial = 0
        query = self.schema.query_type
        assert query is not None
        body = " ".join(self._field(query, 0, None) for _ in range(self.rng.randint(1, 3)))
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.made.types.items())
        head = f"query Q({declared})" if declared else "query Q"
        self.made.text = "\n".join([f"{head} {{ {body} }}", *self.fragments])
        return self.made

    def values(self, document: Document) -> dict[str, Any]:
        """Values for the variables; now and then one is absent or null."""
        values: dict[str, Any] = {}
        for name, type_ in document.types.items():
            match type_:
                case "Boolean!":
                    values[name] = self.rng.random() < 0.5
                case "ID!":
                    values[name] = self.rng.choice(self.ids)
                case "Int":
                    values[name] = self.rng.choice([0, 1, 2, 3, 5, 100] * 4 + [101, -1, None])
                case _:
                    values[name] = self.rng.choice(
                        ["春", "南", "南北", "中东", "1", None] * 3 + [""]
                    )
            if values[name] is None and self.rng.random() < 0.5:
                del values[name]
        return values

    def _variable(self, type_: str) -> str:
        alike = [name for name, known in self.made.types.items() if known == type_]
        if alike and self.rng.random() < 0.4:
            return f"${self.rng.choice(alike)}"
        name = f"v{len(self.made.types)}"
        self.made.types[name] = type_
        return f"${name}"

    def _selection(self, named: GraphQLObjectType, depth: int) -> str:
        count = self.rng.randint(1, 5)
        parts = [self._part(named, depth) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, named: GraphQLObjectType, depth: int) -> str:
        kind = self.rng.random()
        if kind < 0.07:
            return f"{self._name('t')}__typename"
        if kind < 0.15:
            return f"... {self._directive()} {self._selection(named, depth)}"
        if kind < 0.2:
            return f"... on {named.name} {self._selection(named, depth)}"
        if kind < 0.25 and named.interfaces:
            return "... on Node { id }"
        if kind < 0.32:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            index = len(self.fragments) - 1
            text = f"fragment {name} on {named.name} {self._selection(named, depth)}"
            self.fragments[index] = text
            return f"...{name} {self._directive()}"
        return self._field(named, depth, None)

    def _name(self, stem: str) -> str:
        """A response name of its own, so that no two fields under it can conflict."""
        self.serial += 1
        odd = self.rng.choice([stem, "_", "data", "nodes", "SELECT"])
        return f"{odd}{self.serial}: "

    def _directive(self) -> str:
        roll = self.rng.random()
        word = self.rng.choice(["skip", "include"])
        if roll < 0.15:
            return f"@{word}(if: {self._variable('Boolean!')})"
        if roll < 0.2:
            return f"@{word}(if: {self.rng.choice(['true', 'false'])})"
        return ""

    def _field(self, named: GraphQLObjectType, depth: int, only: str | None) -> str:
        fields = named.fields
        deep = depth >= MAX_DEPTH
        names = [n for n, f in fields.items() if not deep or is_leaf_type(get_named_type(f.type))]
        if not names:
            return f"{self._name('t')}__typename"
        name = self.rng.choice(names)
        definition = fields[name]
        arguments = self._arguments(definition.args)
        alias = self._name(name) if arguments or self.rng.random() < 0.2 else ""
        inner: Any = get_named_type(definition.type)
        text = f"{alias}{name}{arguments} {self._directive()}"
        if is_leaf_type(inner):
            return text
        if inner.name == "Node":
            names = ["FxSchool", "FxPupil", "FxTenant"]
            parts = ["__typename id"]
            for each in names:
                if self.rng.random() < 0.7:
                    found: Any = self.schema.get_type(each)
                    parts.append(f"... on {each} {self._distinct(found, depth + 1)}")
            return f"{text} {{ {' '.join(parts)} }}"
        return f"{text} {self._selection(inner, depth + 1)}"

    def _distinct(self, named: GraphQLObjectType, depth: int) -> str:
        """Under an abstract type, fields of one name may differ in type: alias all of them."""
        return f"{{ {self._name('n')}name {self._name('i')}id }}"

    def _arguments(self, arguments: dict[str, Any]) -> str:
        given = []
        if "first" in arguments:
            roll = self.rng.random()
            literal = str(self.rng.choice([0, 1, 2, 4, 100]))
            value = self._variable("Int") if roll < 0.4 else literal
            if roll > 0.985:
                value = "101"
            given.append(f"first: {value}")
        if "q" in arguments and self.rng.random() < 0.4:
            choice = ['"南"', '"春中"', "null", self._variable("String")]
            given.append(f"q: {self.rng.choice(choice)}")
        if "id" in arguments:
            literal = f'"{self.rng.choice(self.ids)}"'
            given.append(f"id: {self._variable('ID!') if self.rng.random() < 0.5 else literal}")
        return f"({', '.join(given)})" if given else ""
