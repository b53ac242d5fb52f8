"""A RabbitMQ of Debian's package as our own child, for the proofs on the other broker."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pika

from infra.launcher import free_port

_START_S = 60.0


def _install() -> None:
    """Debian's package, without starting its service. Raises RuntimeError when that fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "rabbitmq-server"],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"this proof needs rabbitmq-server: {done.stderr[-500:]}")


class Rabbit:
    """A node on loopback with files of its own; stopping leaves no process behind."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wr-"))
        self.port, self.distribution_port, self.names_port = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the node and wait until it takes connections."""
        binary = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        if not binary.exists():
            _install()
        (self.folder / "enabled_plugins").write_text("[].\n")
        log = (self.folder / "output.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(binary)],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "output.log").read_text()[-2000:])
            time.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "wangge@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
        }

    def _answers(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def kill(self) -> None:
        """kill -9 the node; what it kept on disk stays."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """End the node and its name server, and remove its files."""
        self.kill()
        deadline = time.monotonic() + 10
        # The name server refuses to end until it has noticed that the node is gone.
        while self._end_of_names() and time.monotonic() < deadline:
            time.sleep(0.1)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_of_names(self) -> int:
        return subprocess.run(
            ["epmd", "-port", str(self.names_port), "-kill"],
            env=self._environment(),
            capture_output=True,
            check=False,
        ).returncode
