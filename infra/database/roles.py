"""The database's roles; naming one opens nothing, so every floor may import this."""

from enum import StrEnum


class Role(StrEnum):
    """Database roles. OWNER and LEDGER cannot log in; MIGRATOR and BACKUP bypass row security.

    LEDGER is whom the functions of the ledger run as: what they alone may write is granted to no
    role that logs in.
    """

    OWNER = "wangge_owner"
    LEDGER = "wangge_ledger"
    MIGRATOR = "wangge_migrator"
    API = "wangge_api"
    WORKER = "wangge_worker"
    SCHEDULER = "wangge_scheduler"
    SUPERVISOR = "wangge_supervisor"
    PUBLIC = "wangge_public"
    BACKUP = "wangge_backup"


PROCESS_ROLES = (Role.API, Role.WORKER, Role.SCHEDULER, Role.SUPERVISOR, Role.PUBLIC)
"""Roles that long-running processes log in with; none may bypass row security."""

NOBODY = (Role.OWNER, Role.LEDGER)
"""Roles that nobody logs in with."""
