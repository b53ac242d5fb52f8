"""PostGraphile 5 as a contestant: installed by npm, served as its documentation says."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from infra.settings import settings
from tenants.auth import tokens
from tenants.scope import Scope, ScopeKind
from tests.peers.served import Served

NAME = "PostGraphile"
HERE = Path(__file__).parent
VERSION: str = json.loads((HERE / "package.json").read_text())["dependencies"]["postgraphile"]
PLACE = HERE.parents[2] / ".data" / "peers" / "postgraphile"
_INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
_INSTALL_S = 900


class Unavailable(Exception):
    """Why the contestant cannot run here, in one line."""


def install() -> Path:
    """The folder with PostGraphile and its Node, installed once per lock.

    Raises Unavailable when npm is missing, its registry does not answer, or there is no Node of
    its own for this machine.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()
    stamp = PLACE / "installed"
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copyfile(HERE / name, PLACE / name)
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        if shutil.which("npm") is None:
            raise Unavailable("there is no npm")
        try:
            subprocess.run(_INSTALL, cwd=PLACE, check=True, capture_output=True, timeout=_INSTALL_S)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").strip().splitlines()
            raise Unavailable(f"npm ci failed: {lines[0] if lines else error.returncode}") from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm ci took over {_INSTALL_S} s") from None
        stamp.write_text(digest)
    if not _node(PLACE).exists():
        raise Unavailable(f"npm has no Node of the locked version for {os.uname().machine}")
    return PLACE


def _node(folder: Path) -> Path:
    kind = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine, "other")
    return folder / f"node_modules/node-linux-{kind}/bin/node"


def serve(folder: Path, port: int, log: Path, scope: Scope) -> Served:
    """The server over the configured database, for askers of the scope's role and range."""
    url = make_url(settings().database_url or "")
    environment = {
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PORT": str(port),
        "POOL_SIZE": str(settings().pool_size),
        "TOKEN_KEY": str(settings().keys.resolve() / "token.pem"),
        "TOKEN_ISSUER": tokens.ISSUER,
        "TOKEN_AUDIENCE": tokens.AUDIENCE,
        "PGHOST": str(url.query.get("host", url.host)),
        "PGPORT": str(url.query.get("port", url.port or 5432)),
        "PGDATABASE": url.database or "",
        "PGUSER": scope.role.value,
        "PGPASSWORD": (settings().keys / "roles" / scope.role.value).read_text().strip(),
    }
    if scope.kind is ScopeKind.JURISDICTION:
        environment["RANGE_END"] = str(scope.hi)
    command = [str(_node(folder)), "server.mjs"]
    return Served(NAME, command, environment, port, folder, log)
