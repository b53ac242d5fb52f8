"""The house looks as it was drawn: top level, sizes, names, and words that do not belong in it."""

import ast
import fnmatch
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schema", "services", "tenants", "infra")
TOP_LEVEL = {
    *PACKAGES,
    *("tests", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE", ".ci"),
}
TOOL_FILES = {".git", ".gitignore", ".gitattributes", ".editorconfig"}
MOST_LINES = 400
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}

# Written in halves so that this file does not find itself.
UNFINISHED = re.compile(
    r"\bTO"
    r"DO\b|\bFIX"
    r"ME\b|pytest\.(mark\.)?(sk"
    r"ip|xf"
    r"ail|importorsk"
    r"ip)"
    r"|unittest\.sk"
    r"ip|NotImpl"
    r"ementedError"
)
FOREIGN = re.compile(r"/wo" r"rk/|/ro" r"ot/|pypi\.o" r"rg|pythonhos" r"ted|npm" r"js")
OPENS_CONNECTIONS = {
    "create_async_engine",
    "create_engine",
    "create_pool",
    "async_engine_from_config",
}
MAY_OPEN = {f"infra/{name}.py" for name in ("database/engine", "database/provision", "backup")}


def _ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return [line.strip("/") for line in lines if line and not line.startswith("#")]


def _files(*folders: str) -> Iterator[Path]:
    ignored = _ignored()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.is_file() and not any(
                fnmatch.fnmatch(part, pattern) for part in parts for pattern in ignored
            ):
                yield path


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SOURCES = {_name(p): p for p in _files(*PACKAGES, "tests") if p.suffix == ".py"}
TEXTS = {
    _name(p): p
    for p in [*_files(*PACKAGES, "tests", ".ci"), *(ROOT / n for n in TOP_LEVEL)]
    if p.is_file()
}


def _found(pattern: re.Pattern[str], texts: dict[str, Path]) -> list[str]:
    found = []
    for name, path in texts.items():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    return found


def test_top_level_is_exactly_the_drawn_one() -> None:
    ignored = _ignored()
    present = {
        path.name
        for path in ROOT.iterdir()
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    }
    assert present - TOOL_FILES == TOP_LEVEL


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_ours(package: str) -> None:
    """Other distributions carry these names too; none of them may shadow ours."""
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / package


def test_files_are_short() -> None:
    """Revisions are drafted by a machine and never edited once released."""
    lengths = {
        name: len(path.read_text().splitlines())
        for name, path in SOURCES.items()
        if not name.startswith("infra/migrations/versions/")
    }
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_modules_have_names_that_say_something() -> None:
    parts = {part: name for name in SOURCES for part in Path(name).with_suffix("").parts}
    assert {part: name for part, name in parts.items() if part in NAMELESS} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for name, path in SOURCES.items():
        tree = ast.parse(path.read_text())
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(name)
    assert silent == []


def test_nothing_is_unfinished_or_left_out() -> None:
    assert _found(UNFINISHED, SOURCES) == []


def test_nothing_of_one_machine_is_written_down() -> None:
    assert _found(FOREIGN, TEXTS) == []


def test_migrations_are_scripts_and_no_package() -> None:
    assert not (ROOT / "infra/migrations/__init__.py").exists()


def test_connections_are_made_in_one_place() -> None:
    """Names, not imports: SQLAlchemy itself is allowed everywhere."""
    found = []
    for name, path in SOURCES.items():
        if name.startswith("tests/") or name in MAY_OPEN:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            used = getattr(node, "id", None) or getattr(node, "attr", None)
            if isinstance(node, ast.alias):
                used = node.name
            if used in OPENS_CONNECTIONS:
                found.append(f"{name}: {used}")
    assert found == []


def test_application_code_never_commits() -> None:
    """The session door commits; a resolver or service that does would split its transaction."""
    found = []
    for name, path in SOURCES.items():
        if name.startswith(("services/", "schema/")):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "commit"
                ):
                    found.append(f"{name}:{node.lineno}")
    assert found == []


def test_the_searches_can_fail() -> None:
    assert UNFINISHED.search("# TO" + "DO: later")
    assert UNFINISHED.search("@pytest.mark.sk" + "ip")
    assert not UNFINISHED.search('"""@skip and @include"""')
    assert FOREIGN.search("/ro" + "ot/main")
    assert not FOREIGN.search("the root of the tree")
