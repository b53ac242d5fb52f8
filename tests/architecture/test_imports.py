"""Import contracts hold, and each of them can fail: it is broken once in a copy of the house."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schema", "services", "tenants", "infra")

BREACHES: dict[str, dict[str, str]] = {
    "floors": {"infra/breach.py": "import tenants.scope"},
    "tests": {"services/worker.py": "import tests.conftest"},
    "nouns": {"services/grids/breach.py": "import services.clues"},
    "rewards": {
        "services/rewards/breach.py": "import services.funds.service",
        "services/funds/service.py": "",
    },
    "rooms": {
        "services/clues/visibility.py": "import services.clues.service",
        "services/clues/service.py": "",
    },
    "rules": {"services/clues/rules.py": "import sqlalchemy"},
    "starlette": {"infra/breach.py": "import starlette.requests"},
    "strawberry": {"services/clues/breach.py": "import strawberry"},
    "dramatiq": {"services/clues/service.py": "import dramatiq"},
    "tokens": {"schema/breach.py": "import joserfc.jwt"},
    "engine": {"services/clues/queries.py": "from infra.database.engine import engine"},
    "driver": {"services/clues/queries.py": "import asyncpg"},
}
"""Per contract: files that break it, written over the copy."""

ALLOWED: dict[str, str] = {
    "infra/broker.py": "import dramatiq",
    "services/clues/actors.py": "import dramatiq\nimport services.clues.service",
    "services/clues/service.py": "import services.grids.queries\nimport tenants.session",
    "services/grids/queries.py": "import sqlalchemy",
    "tenants/auth/door.py": "import starlette.requests",
    "schema/app.py": "import starlette.applications\nimport strawberry",
}
"""What the fences are built around; in place of the real files it must pass."""


def _contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]]


def _lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command as c; c(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--no-logo", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(f"{text}\n")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the four packages and the contracts."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "docs", "locks", "*.json", "*.csv")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_contract_has_a_breach() -> None:
    assert set(_contracts()) == set(BREACHES)


def test_what_the_fences_allow_passes(house: Path) -> None:
    for package in ("clues", "grids"):
        shutil.rmtree(house / "services" / package, ignore_errors=True)
    for name in ("infra/broker", "schema/app"):
        shutil.rmtree(house / name, ignore_errors=True)
    # Nouns above the replaced ones would miss what was there, never gain an import.
    _write(house, ALLOWED)
    done = _lint(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", BREACHES)
def test_a_broken_contract_is_found(house: Path, contract: str) -> None:
    _write(house, {"services/clues/__init__.py": "", "services/grids/__init__.py": ""})
    _write(house, BREACHES[contract])
    done = _lint(house, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"\b1 broken\b", done.stdout), done.stdout
    culprit = next(iter(BREACHES[contract])).removesuffix(".py").replace("/", ".")
    assert culprit in done.stdout


def test_an_unlisted_module_beside_the_nouns_is_found(house: Path) -> None:
    _write(house, {"services/sundries/models.py": ""})
    done = _lint(house, "--contract", "nouns")
    assert done.returncode == 1
    assert "services.sundries" in done.stdout
