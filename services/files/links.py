"""Download links: signed, short-lived, bound to one copy of one file of one tenant."""

import base64
import hmac
import time
from dataclasses import dataclass
from uuid import UUID

from infra import crypto
from services.files.rules import Copy

LIFETIME_S = 600
"""Seconds that a link works by host time, as long as a page with pictures is looked at."""

PATH = "/files/"
_SIGNATURE_BYTES = 24


@dataclass(frozen=True)
class Link:
    """What a link opens, until `expires_at` (host time in whole seconds, as a token's)."""

    tenant_id: int
    file_id: UUID
    copy: Copy
    expires_at: int


def link_to(tenant_id: int, file_id: UUID, copy: Copy) -> Link:
    """A link that works from now on."""
    return Link(tenant_id, file_id, copy, int(time.time()) + LIFETIME_S)


def sign(link: Link) -> str:
    """The link as a path on our host."""
    said = f"{link.tenant_id}.{link.file_id.hex}.{link.copy}.{link.expires_at}"
    return f"{PATH}{said}.{_signature(said)}"


def opened(word: str) -> Link | None:
    """The link that the last part of such a path says; None when tampered with, or over."""
    said, _, signature = word.rpartition(".")
    if not word.isascii() or not hmac.compare_digest(signature.encode(), _signature(said).encode()):
        return None
    tenant_id, file_id, copy, expires_at = said.split(".")
    link = Link(int(tenant_id), UUID(file_id), Copy(copy), int(expires_at))
    return link if time.time() < link.expires_at else None


def _signature(said: str) -> str:
    made = crypto.mac("link", said.encode())[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(made).decode()
