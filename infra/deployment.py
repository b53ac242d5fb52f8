"""Where a running deployment is: told by the launcher to its children and to other shells."""

import json
import os
from pathlib import Path

from infra.settings import settings

_FILE = "deployment.json"


def announce(folder: Path, values: dict[str, str]) -> None:
    """Put values into this process's environment and beside the data, for `wangge …` elsewhere."""
    os.environ.update(values)
    settings.cache_clear()
    path = folder / _FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(values, file)


def attach() -> None:
    """Take over what the launcher announced; the environment's own values stay.

    What was announced for another database is left alone. Raises RuntimeError when neither the
    environment nor the data folder says where a deployment is.
    """
    path = settings().data_dir.absolute() / _FILE
    announced: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    address = settings().database_url
    if address is None and not announced:
        raise RuntimeError(
            "no deployment found: start one with `make run`, or set WANGGE_DATABASE_URL"
        )
    if address is not None and announced.get("WANGGE_DATABASE_URL") != address:
        return
    for name, value in announced.items():
        os.environ.setdefault(name, value)
    settings.cache_clear()
