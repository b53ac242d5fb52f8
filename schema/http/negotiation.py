"""What the client reads: media type and language, weighed as RFC 9110 §12.4.2 says."""

import re
from collections.abc import Iterator
from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
"""The media type whose status tells of the document too (GraphQL over HTTP draft, §6.4.2)."""

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def _weighed(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Each member in lower case with its parameters and weight; a malformed one is left out."""
    for member in header.lower().split(","):
        name, *rest = (part.strip() for part in member.split(";"))
        pairs = (part.partition("=") for part in rest if part)
        parameters = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
        weight = parameters.pop("q", "1")
        if name and _QUALITY.fullmatch(weight):
            yield name, parameters, float(weight)


def _precision(media_range: str, media_type: str) -> int | None:
    """How exactly a range names a type: 2 by name, 1 `application/*`, 0 `*/*`, None not at all."""
    kind = media_type.partition("/")[0]
    return {media_type: 2, f"{kind}/*": 1, "*/*": 0}.get(media_range)


@lru_cache(maxsize=256)
def media_type_for(accept: str) -> str | None:
    """The media type to answer in, None when the client takes neither (406).

    Whoever names no type gets `application/json` (draft §6.1); who names both alike, the newer.
    """
    ranges = list(_weighed(accept)) or [("*/*", {}, 1.0)]
    best: tuple[float, int, bool, str] | None = None
    for offered in (JSON, GRAPHQL):
        matches = [
            (precision, weight)
            for name, parameters, weight in ranges
            if (precision := _precision(name, offered)) is not None
            and parameters.get("charset", "utf-8") in ("utf-8", "utf8")
        ]
        if not matches:
            continue
        precision, weight = max(matches)
        preferred = (offered == GRAPHQL) == (precision == 2)
        found = (weight, precision, preferred, offered)
        if weight > 0 and (best is None or found > best):
            best = found
    return best[-1] if best else None


@lru_cache(maxsize=256)
def language_for(accept_language: str) -> str:
    """`zh` or `en`: the better weighed, of equals the first named; `zh` when neither is."""
    best, language = 0.0, "zh"
    for tag, _, weight in _weighed(accept_language):
        primary = {"*": "zh"}.get(tag, tag.partition("-")[0])
        if primary in ("zh", "en") and weight > best:
            best, language = weight, primary
    return language


@lru_cache(maxsize=256)
def is_json_in_utf8(content_type: str) -> bool:
    """Whether a body is said to be JSON in UTF-8, the only form that is read."""
    found = next(_weighed(content_type), None)
    return (
        "," not in content_type
        and found is not None
        and found[0] == JSON
        and found[1].get("charset", "utf-8") in ("utf-8", "utf8")
    )
