"""Random documents over a schema: aliases, fragments, directives, variables, nesting."""

import random
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type, is_leaf_type

from tests.schema.compiler.arguments import Values, literal

MAX_DEPTH = 4
MAX_SIZE = 36
"""Fields of a document after which it only ends."""


@dataclass
class Document:
    """Text with the declarations of its variables.

    `may_fault`: an argument in the text is wrong; `sensitive`: it filters or groups by a field
    that not everybody may see.
    """

    text: str = ""
    types: dict[str, str] = field(default_factory=dict)
    may_fault: bool = False
    sensitive: bool = False


@dataclass
class Run:
    """Values for a document's variables, and whether one of them is wrong or sensitive."""

    values: dict[str, Any] = field(default_factory=dict)
    may_fault: bool = False
    sensitive: bool = False


class Generator:
    """Writes documents; `ids` and `cursors` are those a client could know, wrong ones too."""

    def __init__(
        self, schema: GraphQLSchema, rng: random.Random, ids: list[str], cursors: dict[str, Any]
    ) -> None:
        self.schema, self.rng = schema, rng
        self.known = Values(schema, rng, ids, cursors)

    def document(self) -> Document:
        """One document with one operation."""
        self.made = Document()
        self.fragments: list[str] = []
        self.serial = self.size = 0
        query = self.schema.query_type
        assert query is not None
        body = " ".join(self._field(query, 0) for _ in range(self.rng.randint(1, 3)))
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.made.types.items())
        head = f"query Q({declared})" if declared else "query Q"
        self.made.text = "\n".join([f"{head} {{ {body} }}", *self.fragments])
        return self.made

    def run(self, document: Document) -> Run:
        """Values for the variables; now and then one is absent or null."""
        run = Run()
        for name, type_ in document.types.items():
            value = self.known.variable(type_, run)
            if value is None and self.rng.random() < 0.5:
                continue
            run.values[name] = value
        return run

    def _variable(self, type_: str) -> str:
        alike = [name for name, known in self.made.types.items() if known == type_]
        if alike and self.rng.random() < 0.4:
            return f"${self.rng.choice(alike)}"
        name = f"v{len(self.made.types)}"
        self.made.types[name] = type_
        return f"${name}"

    def _selection(self, named: GraphQLObjectType, depth: int) -> str:
        count = self.rng.randint(1, 5) if self.size <= MAX_SIZE else 1
        parts = [self._part(named, depth) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, named: GraphQLObjectType, depth: int) -> str:
        kind = self.rng.random() if self.size <= MAX_SIZE else 1.0
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
        return self._field(named, depth)

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

    def _field(self, named: GraphQLObjectType, depth: int) -> str:
        fields = named.fields
        self.size += 1
        deep = depth >= MAX_DEPTH or self.size > MAX_SIZE
        names = [n for n, f in fields.items() if not deep or is_leaf_type(get_named_type(f.type))]
        if not names:
            return f"{self._name('t')}__typename"
        name = self.rng.choice(names)
        definition = fields[name]
        inner: Any = get_named_type(definition.type)
        arguments = self._arguments(definition.args, inner.name)
        alias = self._name(name) if arguments or self.rng.random() < 0.2 else ""
        text = f"{alias}{name}{arguments} {self._directive()}"
        if is_leaf_type(inner):
            return text
        if is_abstract_type(inner):
            return f"{text} {{ {self._branches(inner, depth)} }}"
        return f"{text} {self._selection(inner, depth + 1)}"

    def _branches(self, named: Any, depth: int) -> str:
        """Fragments on the possible types; fields of one name may differ there: alias them all."""
        parts = ["__typename"] + (["id"] if named.name == "Node" else [])
        for each in self.schema.get_possible_types(named):
            if self.rng.random() < 0.7:
                names = [n for n, f in each.fields.items() if is_leaf_type(get_named_type(f.type))]
                inner = " ".join(
                    f"{self._name('n')}{name}"
                    for name in self.rng.sample(names, min(3, len(names)))
                )
                deeper = "" if depth >= MAX_DEPTH else self._aliased_object(each, depth)
                parts.append(f"... on {each.name} {{ {inner} {deeper} }}")
        return " ".join(parts)

    def _aliased_object(self, named: GraphQLObjectType, depth: int) -> str:
        names = [n for n in ("pupils", "children", "mentor") if n in named.fields]
        if not names or self.rng.random() < 0.5:
            return ""
        name = self.rng.choice(names)
        inner: Any = get_named_type(named.fields[name].type)
        arguments = self._arguments(named.fields[name].args, inner.name)
        return f"{self._name('o')}{name}{arguments} {self._selection(inner, depth + 1)}"

    def _arguments(self, arguments: dict[str, Any], listed: str) -> str:
        given = {}
        for name in self.known.chosen(arguments, self.made):
            type_ = str(arguments[name].type)
            if name in ("after", "before"):
                # A cursor fits one kind of list only, so its variable says which.
                value = self.known.cursor(listed, self.made)
                given[name] = "null" if value is None else f'"{value}"'
            elif self.rng.random() < 0.4:
                given[name] = self._variable(type_)
            else:
                given[name] = literal(self.known.value(arguments[name].type, name, self.made))
        return f"({', '.join(f'{k}: {v}' for k, v in given.items())})" if given else ""
