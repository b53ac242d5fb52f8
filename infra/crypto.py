"""Keys outside the database: wrapping, sealing (AES-256-GCM), receipts and blind indexes (HMAC)."""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.settings import settings

KEY_NAMES = ("master", "receipt", "blind", "link")
"""`master` wraps data keys, `receipt` derives receipts, `blind` makes equality indexes, `link`
signs download links."""

_NONCE = 12


def ensure_keys(folder: Path) -> None:
    """Make the missing keys, 32 random bytes each, readable by the owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEY_NAMES:
        path = folder / f"{name}.key"
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def key(name: str) -> bytes:
    """A key of the deployment. Raises FileNotFoundError when this process was not given it."""
    return _read((settings().keys / f"{name}.key").resolve())


def encrypt(secret: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """nonce ‖ AES-256-GCM(plaintext) bound to `associated` (NIST SP 800-38D)."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, plaintext, associated)


def decrypt(secret: bytes, ciphertext: bytes, associated: bytes) -> bytes:
    """The inverse; raises cryptography's InvalidTag when anything was exchanged."""
    return AESGCM(secret).decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], associated)


def mac(name: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 under a named key; parts are length-prefixed so they cannot run together."""
    digest = hmac.new(key(name), digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()
