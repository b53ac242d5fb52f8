"""What a change of the schema takes from clients: told in the changelog, or refused."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)

SDL = "schema/schema.graphql"
CHANGELOG = "CHANGELOG.md"
KEPT = "the kept file"
NOTICE = timedelta(days=365)
"""How long a deprecated field stays at least (API guide, Evolution: 12 months)."""

# The coordinate of graphql-core's descriptions: `Type.field(arg:)`, `Type.field`, `@directive`.
_DOTTED = re.compile(r"@\w+(?:\(\w+:\))?|\b\w+\.\w+(?:\(\w+:\))?")
_UNION = re.compile(r"from union type (\w+)")
_REASON = re.compile(r"用 (\S+) 代替；removed (\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Base:
    """A state of the project that clients may stand on."""

    name: str
    schema: GraphQLSchema
    changelog: str


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or None where it has no answer or is not there."""
    # A hook of another repository would point git at that one.
    environment = {k: v for k, v in os.environ.items() if k not in ("GIT_DIR", "GIT_WORK_TREE")}
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def bases(root: Path) -> list[Base]:
    """The states to compare with: the last commit and the last tag before it.

    Outside a git checkout it is the kept file alone; a project without one has no base.
    """
    tag = (_git(root, "describe", "--tags", "--abbrev=0") or "").strip()
    found: list[Base] = []
    seen: set[str] = set()
    for name in filter(None, ("HEAD", tag)):
        sdl = _git(root, "show", f"{name}:./{SDL}")
        if sdl is not None and sdl not in seen:
            seen.add(sdl)
            changelog = _git(root, "show", f"{name}:./{CHANGELOG}") or ""
            found.append(Base(name, build_schema(sdl), changelog))
    kept = root / SDL
    if not found and kept.exists():
        found.append(Base(KEPT, build_schema(kept.read_text()), ""))
    return found


def coordinate(description: str) -> str:
    """The schema coordinate that one of graphql-core's changes is about."""
    found = _DOTTED.search(description)
    if found:
        return found[0]
    union = _UNION.search(description)
    return union[1] if union else description.removeprefix("Standard scalar ").split()[0]


def _sections(changelog: str) -> dict[str, str]:
    """Version heading → what stands under its `### Breaking`."""
    found = {}
    for version in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading = version.split("\n", 1)[0].split(" - ")[0].strip()
        parts = re.split(r"^### ", version, flags=re.MULTILINE)[1:]
        found[heading] = "".join(part for part in parts if part.startswith("Breaking"))
    return found


def listed(changelog: str, base: str = "") -> set[str]:
    """Coordinates in backticks under `### Breaking` of [Unreleased] or of versions base lacks."""
    known = _sections(base)
    texts = [
        text
        for heading, text in _sections(changelog).items()
        if heading == "[Unreleased]" or heading not in known
    ]
    return {name for text in texts for name in re.findall(r"`([^`]+)`", text)}


def broken(now: GraphQLSchema, base: Base, changelog: str) -> Iterator[str]:
    """Breaking changes since `base` that the changelog does not list by their coordinate."""
    allowed = listed(changelog, base.changelog)
    for change in find_breaking_changes(base.schema, now):
        where = coordinate(change.description)
        if where not in allowed:
            yield (
                f"breaking since {base.name}: {change.description} "
                f"List `{where}` under ### Breaking of [Unreleased] in {CHANGELOG}, or keep it."
            )


def dangerous(now: GraphQLSchema, base: Base) -> Iterator[str]:
    """Changes since `base` that a client may notice; they are told, not refused."""
    for change in find_dangerous_changes(base.schema, now):
        yield f"dangerous since {base.name}: {change.description}"


def coordinates(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every coordinate below the types, with its reason when it is deprecated."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in type_.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                for argument, given in field.args.items():
                    yield f"{name}.{key}({argument}:)", given.deprecation_reason
        elif isinstance(type_, GraphQLInputObjectType):
            for key, item in type_.fields.items():
                yield f"{name}.{key}", item.deprecation_reason
        elif isinstance(type_, GraphQLEnumType):
            for key, value in type_.values.items():
                yield f"{name}.{key}", value.deprecation_reason


def deprecations(now: GraphQLSchema, known: Iterable[Base], today: date) -> Iterator[str]:
    """Faults of `@deprecated(reason: "用 X 代替；removed 2027-10-01")`.

    X is a coordinate (`Type.field`) or a neighbour's name, and exists; the day exists, lies a
    year after the deprecation and never moves closer than a base promised.
    """
    present = dict(coordinates(now))
    promised = {
        where: reason
        for base in known
        for where, reason in coordinates(base.schema)
        if reason is not None
    }
    for where, reason in present.items():
        if reason is None:
            continue
        matched = _REASON.fullmatch(reason)
        if matched is None:
            yield f"{where}: the reason must read `用 X 代替；removed YYYY-MM-DD`"
            continue
        other, day = matched.groups()
        owner = where.split(".")[0]
        # A neighbour of an argument is an argument of the same field.
        neighbour = re.sub(r"\w+:", f"{other}:", where) if ":" in where else f"{owner}.{other}"
        if not ({other, neighbour} - {where}) & set(present):
            yield f"{where}: `{other}` that should replace it does not exist"
        try:
            removed = date.fromisoformat(day)
        except ValueError:
            yield f"{where}: {day} is no day of the calendar"
            continue
        before = _REASON.fullmatch(promised.get(where, ""))
        if before is not None and day < before[2]:
            yield f"{where}: {before[2]} was promised, {day} is sooner"
        if where not in promised and removed < today + NOTICE:
            yield f"{where}: a deprecated field stays 12 months, until {today + NOTICE} at least"
