"""The environment is made once, anew where it was moved, and says what it lacks."""

import sys
import venv
from pathlib import Path

import pytest

from infra import bootstrap


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the environment would be made."""
    venv = tmp_path / ".venv"
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(bootstrap, "PLACE", venv / ".place")
    return venv


def test_a_moved_checkout_makes_its_environment_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "_install", lambda lock: installed.append(lock.stem))
    # Unpacking pip is most of the time, and nothing here asks for it.
    monkeypatch.setattr(venv.EnvBuilder, "_setup_pip", lambda *_given: None)
    monkeypatch.setattr(bootstrap, "_need_pip", lambda: None)
    bootstrap.main("runtime")
    leftover = place / "bin" / "leftover"
    leftover.touch()
    bootstrap.main("runtime")
    assert installed == ["runtime"] and leftover.exists(), "a second call changes nothing"
    elsewhere = place.with_name("moved")
    place.rename(elsewhere)
    for name in ("VENV", "PYTHON", "PLACE"):
        tail = getattr(bootstrap, name).relative_to(place)
        monkeypatch.setattr(bootstrap, name, elsewhere / tail)
    bootstrap.main("runtime")
    assert installed == ["runtime", "runtime"]
    assert not (elsewhere / "bin" / "leftover").exists()
    assert bootstrap.PLACE.read_text() == str(elsewhere)


def test_without_pip_the_package_is_named_each_time(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _name: None)
    for _ in range(2):
        with pytest.raises(SystemExit):
            bootstrap.main("runtime")
        told = capsys.readouterr().err
        assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in told
    assert place.exists()
