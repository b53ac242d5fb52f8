"""JSON logs without personal data, and the metrics registry."""

import logging
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from infra.settings import settings

SHARED_METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder through which a host's processes share their figures (prometheus_client)."""

# Only the relay sets these; after its restart the newest value counts, not its predecessor's.
OLDEST_UNSENT = Gauge(
    "wangge_oldest_unsent_seconds",
    "Age of the oldest open delivery",
    multiprocess_mode="mostrecent",
)
SET_ASIDE = Gauge(
    "wangge_deliveries_set_aside",
    "Deliveries that wait for people",
    multiprocess_mode="mostrecent",
)
DELIVERIES = Counter("wangge_deliveries_total", "Deliveries by outcome", ["actor", "outcome"])
REQUESTS = Histogram("wangge_graphql_seconds", "GraphQL requests by outcome", ["outcome"])

# Mobile and hotline numbers, resident ids, and anything shaped like a bearer token.
_PERSONAL = re.compile(r"(?<!\d)(\d{17}[\dXx]|1[3-9]\d{9})(?!\d)|ey[\w-]{10,}\.[\w-]+\.[\w-]+")


def exposition() -> bytes:
    """The metrics of this host's processes, or of this one alone where no folder is shared."""
    if SHARED_METRICS not in os.environ:
        return generate_latest(REGISTRY)
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _PERSONAL.sub("[redacted]", value)
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    return value


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The structlog processor that keeps numbers of people and tokens out of logs."""
    return {key: _redacted(value) for key, value in event.items()}


def told(logger: logging.Logger, event: str, facts: dict[str, Any]) -> None:
    """One line of facts without free text (numbers, codes, digests): nothing in it to redact.

    The processors of `configure_logging` take ten times as long, for a line every request writes.
    """
    if logger.isEnabledFor(logging.INFO):
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        named = {"event": event, "level": "info", "logger": logger.name, "timestamp": now}
        sys.stderr.write(orjson.dumps(facts | named).decode() + "\n")


def configure_logging() -> None:
    """JSON lines on stderr for our own and the libraries' logs."""
    level = logging.getLevelNamesMapping()[settings().log_level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    for noisy in ("httpx2", "httpcore2", "granian.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
