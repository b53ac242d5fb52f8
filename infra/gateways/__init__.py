"""What the product calls outside itself, each behind a protocol, with one to try it on."""

import ssl
from functools import cache


@cache
def trust() -> ssl.SSLContext:
    """The machine's certificates: reading them takes longer than a call, so once per process."""
    return ssl.create_default_context()
