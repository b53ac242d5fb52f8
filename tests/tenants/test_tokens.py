"""Tokens: ours, of today, unchanged, or refused."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from infra.settings import settings
from tenants.auth import tokens
from tenants.auth.tokens import Identity, InvalidToken

WHO = Identity(61052600, uuid4())


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployment's keys folder with a signing key."""
    monkeypatch.setenv("WANGGE_KEYS_DIR", str(tmp_path))
    settings.cache_clear()
    tokens.ensure_signing_key(tmp_path)
    yield tmp_path
    settings.cache_clear()


def _claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    claims = {
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": str(WHO.account_id),
        "tenant": WHO.tenant_id,
        "iat": now,
        "exp": now + 60,
    }
    return {k: v for k, v in (claims | changes).items() if v is not None}


def _sign(folder: Path, claims: dict[str, object], **header: str) -> str:
    key = ECKey.import_key((folder / "token.pem").read_bytes())
    full = {"alg": "ES256", "kid": key.thumbprint(), "typ": "at+jwt"} | header
    return jwt.encode(full, claims, key)


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_speaks_for_its_account() -> None:
    token = tokens.issue(WHO)
    assert tokens.verify(token) == WHO
    assert tokens.verify(token) == WHO, "from the cache"


def test_the_helper_makes_tokens_that_pass(keys: Path) -> None:
    """The control of the refusals below."""
    assert tokens.verify(_sign(keys, _claims())) == WHO


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_token_expires(monkeypatch: pytest.MonkeyPatch, seen_before: bool) -> None:
    token = tokens.issue(WHO)
    if seen_before:
        tokens.verify(token)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + tokens.LIFETIME_S - 2)
    assert not seen_before or tokens.verify(token) == WHO
    monkeypatch.setattr(time, "time", lambda: now + tokens.LIFETIME_S + 1)
    with pytest.raises(InvalidToken):
        tokens.verify(token)


def test_another_key_is_refused(tmp_path: Path) -> None:
    tokens.ensure_signing_key(tmp_path / "other")
    with pytest.raises(InvalidToken):
        tokens.verify(_sign(tmp_path / "other", _claims()))


def test_an_unknown_key_id_is_refused(keys: Path) -> None:
    with pytest.raises(InvalidToken, match="unknown key"):
        tokens.verify(_sign(keys, _claims(), kid="another"))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_a_token_without_signature_is_refused(algorithm: str) -> None:
    for signature in ("", tokens.issue(WHO).rsplit(".", 1)[1]):
        token = f"{_part({'alg': algorithm})}.{_part(_claims())}.{signature}"
        with pytest.raises(InvalidToken):
            tokens.verify(token)


def test_the_public_key_is_no_shared_secret(keys: Path) -> None:
    """The old confusion of algorithms: HS256 with our public key as its secret."""
    public = ECKey.import_key((keys / "token.pem").read_bytes()).as_pem(private=False)
    secret = OctKey.import_key(base64.urlsafe_b64encode(public).decode())
    token = jwt.encode({"alg": "HS256"}, _claims(), secret)
    with pytest.raises(InvalidToken):
        tokens.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"sub": None},
        {"sub": "no-uuid"},
        {"tenant": None},
        {"tenant": "no-number"},
        {"iat": 2**40},
    ],
    ids=str,
)
def test_other_claims_are_refused(keys: Path, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(_sign(keys, _claims(**changes)))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "网.格.员", "x" * 5_000, "\x00.\x00.\x00"]
)
def test_texts_that_are_no_tokens_are_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(text)


def test_a_changed_token_is_refused() -> None:
    header, claims, signature = tokens.issue(WHO).split(".")
    other = _part(_claims(tenant=61082500))
    for changed in (f"{header}.{other}.{signature}", f"{header}.{claims}.{'A' * len(signature)}"):
        with pytest.raises(InvalidToken):
            tokens.verify(changed)


def test_the_memory_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_CACHE_SIZE", 3)
    tokens._verified.clear()
    for _ in range(10):
        tokens.verify(tokens.issue(Identity(1, uuid4())))
    assert len(tokens._verified) <= 3


def test_the_signing_key_is_the_owner_s_alone(keys: Path) -> None:
    before = (keys / "token.pem").read_bytes()
    assert (keys / "token.pem").stat().st_mode & 0o777 == 0o600
    tokens.ensure_signing_key(keys)
    assert (keys / "token.pem").read_bytes() == before
