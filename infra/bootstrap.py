"""Makes `.venv` from a bare Python ≥ 3.11: standard library only, run before anything else."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PLACE = VENV / ".place"
"""Where the environment was made: its scripts name that folder, so a moved one is made anew."""
LOCKS = ROOT / "infra" / "locks"

SHIM = """#!/bin/sh
# Runs the checkout beside this environment, from whichever folder it is called.
here=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd -P)
PYTHONPATH="$here" exec "$here/.venv/bin/python" -m infra.cli "$@"
"""


def _fail(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.exit(1)


def _make() -> None:
    """Create the environment; where `ensurepip` is missing, borrow the system's pip."""
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    try:
        venv.create(VENV, with_pip=has_ensurepip, symlinks=True, clear=VENV.exists())
    except subprocess.CalledProcessError:
        has_ensurepip = False
        venv.create(VENV, with_pip=False, symlinks=True, clear=True)
    PLACE.write_text(str(VENV))


def _need_pip() -> None:
    """Stop, each time anew, where nothing can install anything."""
    if not (VENV / "bin" / "pip").exists() and importlib.util.find_spec("pip") is None:
        _fail(
            "This Python has neither ensurepip nor pip. Install the package that brings them\n"
            f"(Debian, Ubuntu: python3-venv or python{sys.version_info[0]}."
            f"{sys.version_info[1]}-venv) and call make again."
        )


def _pip() -> list[str]:
    if (VENV / "bin" / "pip").exists():
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def _install(lock: Path) -> None:
    command = [*_pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "-r", str(lock)]
    done = subprocess.run(command, check=False)  # noqa: S603
    if done.returncode:
        _fail(f"could not install {lock.relative_to(ROOT)}; is a package index reachable?")


def main(wanted: str) -> None:
    """Bring the environment to the lock `runtime` or `dev`; a second call changes nothing."""
    # This file alone may be read by an older Python, to say so.
    if sys.version_info < (3, 11):  # noqa: UP036
        _fail(f"Python ≥ 3.11 is needed, this is {sys.version.split()[0]}: make PYTHON=python3.11")
    lock = LOCKS / f"{wanted}.txt"
    stamp = VENV / f".{wanted}"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode() + str(VENV).encode())
    expected = digest.hexdigest()
    shim = VENV / "bin" / "wangge"
    if stamp.exists() and stamp.read_text() == expected and PYTHON.exists() and shim.exists():
        return
    sys.stderr.write(f"installing infra/locks/{wanted}.txt into .venv …\n")
    is_moved = PLACE.exists() and PLACE.read_text() != str(VENV)
    if is_moved or not os.access(PYTHON, os.X_OK):
        _make()
    _need_pip()
    _install(lock)
    shim.write_text(SHIM)
    shim.chmod(0o755)
    stamp.write_text(expected)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
