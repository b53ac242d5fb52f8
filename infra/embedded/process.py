"""Children that never outlive their parent, and the account that servers run as."""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

SUPERVISOR_PID = "WANGGE_SUPERVISOR_PID"
"""Environment variable by which the launcher tells its descendants that they have one."""


def ask_for_death_signal(signum: int = signal.SIGKILL) -> None:
    """Ask the kernel to signal this process when the thread that made it ends (prctl(2))."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)


def die_with_parent() -> None:
    """Called when a process of ours starts: ends it with its parent, now if that is gone already.

    Without a launcher above (a service manager started us) it does nothing.
    """
    if SUPERVISOR_PID not in os.environ:
        return
    ask_for_death_signal()
    if os.getppid() == 1 and os.environ[SUPERVISOR_PID] != "1":
        os._exit(1)


@dataclass(frozen=True)
class ServerAccount:
    """The operating-system account that a database server runs as."""

    name: str
    uid: int
    gid: int
    changes: bool
    """Whether a child has to change to it (we are root)."""

    def enter(self, signum: int) -> Callable[[], None]:
        """A `preexec_fn` that becomes the account and then asks for the death signal.

        In this order: a change of user clears the request.
        """
        expected = os.getpid()

        def prepare() -> None:
            os.setpgid(0, 0)
            if self.changes:
                os.setgroups([])
                os.setgid(self.gid)
                os.setuid(self.uid)
            ask_for_death_signal(signum)
            if os.getppid() != expected:
                os._exit(1)

        return prepare


def server_account() -> ServerAccount:
    """Ourselves, or `nobody` when we are root (PostgreSQL refuses root).

    Raises RuntimeError for a uid without a passwd entry, which `initdb` would refuse.
    """
    uid = os.getuid()
    try:
        entry = pwd.getpwnam("nobody") if uid == 0 else pwd.getpwuid(uid)
    except KeyError:
        raise RuntimeError(
            f"the user id {uid} has no passwd entry; PostgreSQL cannot run as it:"
            " use an account that `getent passwd` knows"
        ) from None
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, changes=uid == 0)
