"""What a change of the schema takes from clients is in the changelog, or nothing is written."""

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema

from schema.evolution import Base, coordinate, deprecations, listed
from schema.export import export, papers

OLD = """
directive @shown(to: String) on FIELD
interface Node { id: ID! }
type Institution implements Node { id: ID! name: String grid(q: String): String }
type Clue { id: ID! }
union Found = Institution | Clue
enum Status { OPEN CLOSED }
input Filter { status: Status }
type Query { found(filter: Filter): Found status: Status ratio: Float }
"""
BREAKING = {
    "Institution.name": (" name: String", ""),
    "Institution.grid": ("grid(q: String): String", "grid(q: String): Int"),
    "Institution.grid(q:)": ("q: String", "q: Int"),
    "Query.found(id:)": ("found(filter: Filter)", "found(filter: Filter, id: ID!)"),
    "Institution": (" implements Node", ""),
    "Found": (" | Clue", ""),
    "Status.CLOSED": (" CLOSED", ""),
    "Filter.status": ("status: Status }", "status: Status! }"),
    "Filter.id": ("input Filter {", "input Filter { id: ID!"),
    "@shown(to:)": ("(to: String)", ""),
    "@shown": ("directive @shown(to: String) on FIELD", ""),
    "Float": (" ratio: Float", ""),
}
TODAY = date(2026, 3, 1)


class Project:
    """A git repository of two files, as a change of the schema meets it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet")
        (root / "schema").mkdir()
        (root / "infra/docs").mkdir(parents=True)

    def git(self, *arguments: str) -> None:
        """One git command."""
        who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
        # Called from a hook, git would be pointed at the project's own repository.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        subprocess.run(["git", "-C", str(self.root), *who, *arguments], check=True, env=clean)

    def changelog(self, text: str) -> None:
        """Replace the changelog."""
        (self.root / "CHANGELOG.md").write_text(text)

    def commit(self, sdl: str) -> None:
        """Commit the papers of a schema and the changelog as it is."""
        for name, text in papers(build_schema(sdl)).items():
            (self.root / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "state")

    def export(self, sdl: str, *, check: bool = False) -> int:
        """The exit status of the export."""
        return export(build_schema(sdl), self.root, TODAY, check=check)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The old schema, committed."""
    made = Project(tmp_path)
    made.changelog("## [Unreleased]\n")
    made.commit(OLD)
    return made


@pytest.mark.parametrize("where", BREAKING)
def test_a_breaking_change_is_refused_until_the_changelog_has_it(
    where: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = BREAKING[where]
    changed = OLD.replace(old, new)
    kept = (project.root / "schema/schema.graphql").read_text()
    assert project.export(changed) == 1
    assert f"List `{where}` under" in capsys.readouterr().err
    assert (project.root / "schema/schema.graphql").read_text() == kept
    # The scalar Float goes with the last field that used it.
    removed = f"- `{where}` and `Query.ratio` are gone.\n"
    project.changelog(f"## [Unreleased]\n\n### Removed\n{removed}\n## [0.1.0]\n### Breaking\n")
    assert project.export(changed) == 1
    project.changelog(f"## [Unreleased]\n\n### Breaking\n{removed}\n### Added\n- `Other`\n")
    assert project.export(changed) == 0


def test_what_is_added_is_told_and_written(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    more = OLD.replace("OPEN", "OPEN PAUSED")
    assert project.export(more, check=True) == 1
    assert "not up to date" in capsys.readouterr().err
    assert project.export(more) == 0
    assert "dangerous since HEAD: Enum value Status.PAUSED was added." in capsys.readouterr().err
    assert project.export(more, check=True) == 0


def test_check_asks_the_commit_and_the_tag(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A break that somebody committed unlisted still fails against the last release."""
    less = OLD.replace(" name: String", "")
    project.git("tag", "v0.1.0")
    project.commit(less)
    assert project.export(less, check=True) == 1
    assert "breaking since v0.1.0: Field Institution.name" in capsys.readouterr().err
    project.changelog("## [0.2.0] - 2026-03-01\n### Breaking\n- `Institution.name`\n")
    project.commit(less)
    assert project.export(less, check=True) == 0
    project.git("tag", "v0.2.0")
    # What the last release has already told excuses nothing after it.
    again = less.replace(" CLOSED", "")
    project.changelog("## [Unreleased]\n## [0.2.0] - 2026-03-01\n### Breaking\n- `Status.CLOSED`\n")
    project.commit(less)
    assert project.export(again, check=True) == 1


def test_without_git_the_kept_file_is_the_base(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "infra/docs").mkdir(parents=True)
    assert export(build_schema(OLD), tmp_path, TODAY, check=False) == 0
    less = build_schema(OLD.replace(" name: String", ""))
    assert export(less, tmp_path, TODAY, check=False) == 1
    assert "only the kept file was compared" in capsys.readouterr().err


def test_coordinates_are_read_from_descriptions() -> None:
    assert coordinate("Repeatable flag was removed from @shown.") == "@shown"
    assert coordinate("Query changed from an Object type to a Union type.") == "Query"
    assert listed("## [Unreleased]\n### Breaking\n- `A.b`, `A.c(d:)`\n### Added\n- `E`\n") == {
        "A.b",
        "A.c(d:)",
    }


DEPRECATED = """
type Query {
  grid(code: String %s, key: String): String %s
  area: String
  kind: Kind
}
enum Kind { A @deprecated(reason: "用 B 代替；removed 2027-10-01") B }
"""
GOOD = "用 area 代替；removed 2027-10-01"
REASONS = {
    "gone soon": "must read",
    "用 area 代替; removed 2027-10-01": "must read",
    "用 nothing 代替；removed 2027-10-01": "`nothing` that should replace it does not exist",
    "用 grid 代替；removed 2027-10-01": "`grid` that should replace it does not exist",
    "用 area 代替；removed 2027-02-30": "no day of the calendar",
    "用 area 代替；removed 2026-10-01": "stays 12 months",
}


def told(reason: str, known: list[str], argument: str = "") -> list[str]:
    """The faults of `Query.grid` deprecated for a reason, after schemas that were known."""
    made = [Base("base", build_schema(sdl), "") for sdl in known]
    return list(deprecations(build_schema(_deprecated(reason, argument)), made, TODAY))


def _deprecated(reason: str, argument: str = "") -> str:
    marks = [f'@deprecated(reason: "{r}")' if r else "" for r in (argument, reason)]
    return DEPRECATED % tuple(marks)


@pytest.mark.parametrize("reason", REASONS)
def test_a_deprecation_says_what_instead_and_until_when(reason: str) -> None:
    assert any(REASONS[reason] in fault for fault in told(reason, []))


def test_a_good_deprecation_passes() -> None:
    assert told(GOOD, []) == []
    assert told("用 Query.area 代替；removed 2027-10-01", []) == []
    assert told(GOOD, [], "用 key 代替；removed 2027-10-01") == []
    assert told(GOOD, [], "用 area 代替；removed 2027-10-01") != []


def test_a_promised_day_may_come_but_not_move_closer() -> None:
    soon = "用 area 代替；removed 2026-04-01"
    assert told(soon, [_deprecated(soon)]) == []
    assert told(GOOD, [_deprecated(soon)]) == []
    assert "is sooner" in told(soon, [_deprecated(GOOD)])[0]
