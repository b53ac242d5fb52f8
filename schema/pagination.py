"""Connection arguments: how many rows, which words."""

from typing import Annotated

import strawberry

MAX_PAGE = 100
"""API guide, Lists: `first` is required and at most this."""

First = Annotated[
    int | None,
    strawberry.argument(description=f"前几条 — how many rows, 0 to {MAX_PAGE}; required"),
]
Words = Annotated[
    str | None,
    strawberry.argument(
        description="检索词 — Chinese words, pinyin initials; traditional forms are folded"
    ),
]
OpaqueId = Annotated[
    strawberry.ID, strawberry.argument(description="标识 — the opaque id of the object")
]
