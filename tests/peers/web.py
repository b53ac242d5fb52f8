"""Our web application with every limit on, and buckets that a benchmark cannot empty."""

from dataclasses import replace

from starlette.applications import Starlette

from schema import app
from schema.limits.numbers import DEFAULT

PATIENT = replace(DEFAULT, client_points=10**9, tenant_points=10**9)
"""Everything is priced and charged as always; the buckets are too large to run dry."""


def create_app() -> Starlette:
    """`schema.app.create_app` but for the size of the buckets."""
    return app.create_app(PATIENT)
