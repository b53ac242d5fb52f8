"""Every table of the product, imported once: for migrations, rights and proofs."""

import importlib
import pkgutil

import services
import tenants.models  # noqa: F401 - registers the second floor's tables

importlib.import_module("infra.outbox")
for _module in pkgutil.iter_modules(services.__path__):
    if _module.ispkg:
        try:
            importlib.import_module(f"services.{_module.name}.models")
        except ModuleNotFoundError as missing:
            if missing.name != f"services.{_module.name}.models":
                raise
