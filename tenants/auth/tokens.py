"""Short ES256 bearer tokens of our own key (RFC 7519, RFC 9068 shape) and their verification."""

import hashlib
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from infra.settings import settings

ISSUER = "wangge"
AUDIENCE = "wangge-graphql"
LIFETIME_S = 900
"""Seconds a token lives, by host time."""

_CACHE_SIZE = 10_000
_MAX_LENGTH = 2_048
_verified: OrderedDict[bytes, tuple[float, "Identity"]] = OrderedDict()


@dataclass(frozen=True)
class Identity:
    """Who a token speaks for: identity only, never rights."""

    tenant_id: int
    account_id: UUID


class InvalidToken(Exception):
    """Not a token of ours, or not any more."""


def ensure_signing_key(folder: Path) -> None:
    """Make the deployment's signing key (P-256) if there is none, readable by the owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "token.pem"
    if not path.exists():
        generated = ECKey.generate_key("P-256").as_pem(private=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(generated)


@cache
def _load(path: Path) -> tuple[ECKey, str]:
    loaded = ECKey.import_key(path.read_bytes())
    return loaded, loaded.thumbprint()


def _signing_key() -> tuple[ECKey, str]:
    return _load((settings().keys / "token.pem").resolve())


def issue(identity: Identity) -> str:
    """A signed token for an account, valid for LIFETIME_S seconds."""
    signing_key, kid = _signing_key()
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(identity.account_id),
        "tenant": identity.tenant_id,
        "iat": now,
        "exp": now + LIFETIME_S,
    }
    return jwt.encode({"alg": "ES256", "kid": kid, "typ": "at+jwt"}, claims, signing_key)


def verify(token: str) -> Identity:
    """The identity a token speaks for. Raises InvalidToken.

    A verified token is remembered until it expires, by digest, in a bounded cache.
    """
    if len(token) > _MAX_LENGTH:
        raise InvalidToken("too long")
    digest = hashlib.sha256(token.encode()).digest()
    now = time.time()
    known = _verified.get(digest)
    if known is not None:
        expires, identity = known
        if expires <= now:
            raise InvalidToken("expired")
        return identity
    signing_key, kid = _signing_key()
    try:
        decoded = jwt.decode(token, signing_key, algorithms=["ES256"])
        jwt.JWTClaimsRegistry(
            now=lambda: int(now),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
            tenant={"essential": True},
        ).validate(decoded.claims)
        if decoded.header.get("kid") != kid:
            raise InvalidToken("unknown key")
        identity = Identity(int(decoded.claims["tenant"]), UUID(str(decoded.claims["sub"])))
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(type(error).__name__) from error
    _verified[digest] = (float(decoded.claims["exp"]), identity)
    if len(_verified) > _CACHE_SIZE:
        _verified.popitem(last=False)
    return identity
