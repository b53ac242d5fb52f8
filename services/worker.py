"""The composition root of worker and relay processes: actors loaded, rings answered."""

import importlib
import importlib.util
import os
import pkgutil
import sys

import services
from infra.broker import Bell
from infra.embedded.process import die_with_parent
from infra.settings import settings
from infra.telemetry import configure_logging
from tenants import actors

_IDLE_POLL_MS = "100"
_RECONNECT_MS = "500"


def load() -> None:
    """Register every table, event and actor of `services.<noun>`."""
    importlib.import_module("services.models")
    for module in pkgutil.iter_modules(services.__path__):
        name = f"services.{module.name}.actors"
        if module.ispkg and importlib.util.find_spec(name) is not None:
            importlib.import_module(name)


def start() -> None:
    """Become a worker: Dramatiq imports `services.worker:start` by name and calls it."""
    die_with_parent()
    configure_logging()
    load()
    Bell.configured(actors.close).serve(actors.run)


def main(entry: str = "services.worker:start") -> None:
    """`python -m services.worker`: turn into Dramatiq's master with our processes and threads."""
    die_with_parent()
    os.environ.setdefault("dramatiq_worker_timeout", _IDLE_POLL_MS)
    os.environ.setdefault("dramatiq_restart_delay", _RECONNECT_MS)
    command = [sys.executable, "-m", "dramatiq", entry, "--skip-logging"]
    command += ["--processes", str(settings().worker_processes)]
    command += ["--threads", str(settings().worker_threads)]
    command += ["--worker-shutdown-timeout", "10000"]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and arguments


if __name__ == "__main__":
    main()
