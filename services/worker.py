"""The composition root of worker and scheduler processes: actors loaded, rings answered."""

import importlib.util
import pkgutil

import services
from infra.broker import serve
from infra.embedded.process import die_with_parent
from infra.telemetry import configure_logging
from tenants import actors


def actor_modules() -> tuple[str, ...]:
    """Every `services.<noun>.actors` there is."""
    names = (f"services.{m.name}.actors" for m in pkgutil.iter_modules(services.__path__) if m.ispkg)
    return tuple(name for name in names if importlib.util.find_spec(name) is not None)


def load() -> None:
    """Register tables and actors."""
    importlib.import_module("services.models")
    actors.load(actor_modules())


def start() -> None:
    """Become a worker: Dramatiq imports `services.worker:start` by name and calls it."""
    die_with_parent()
    configure_logging()
    load()
    serve(actors.deliver)
