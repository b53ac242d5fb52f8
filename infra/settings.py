"""Every environment variable of the product, read once."""

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Configuration from ``WANGGE_*``; every field has a default that suits `make run`."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", extra="ignore")

    data_dir: Path = Path(".data")
    """Folder of the embedded servers, keys and recordings."""
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str | None = None
    """`postgresql+asyncpg://host:port/name` without credentials; None = embedded."""
    admin_url: str | None = None
    """A superuser's address, for the launcher alone: it makes roles and the database."""
    broker_url: str | None = None
    """`redis://…`, `unix://…` or `amqp://…`; None = embedded Valkey."""
    sms_url: str | None = None
    """Base address of the SMS gateway; None = the recording gateway started beside us."""
    storage_url: str | None = None
    """`s3://bucket/prefix?endpoint=…&region=…` for uploaded files; None = `data_dir/files`."""
    upload_mib: int = 64
    """Largest body of an upload in MiB, whatever a tenant's policy allows."""
    bank_url: str | None = None
    """Base address of the bank; None = the simulated bank started beside us."""
    keys_dir: Path | None = None
    """Folder with role passwords and cryptographic keys, 0600; None = `data_dir/keys`."""
    allow_public_embedded: bool = False
    """Permit the embedded servers behind a non-loopback address (demonstrations only)."""
    demo: bool = False
    """This deployment's database was made for demonstration or test."""
    worker_processes: int = 1
    worker_threads: int = 4
    pool_size: int = 8
    statement_timeout_ms: int = 5_000
    lease_seconds: float = 30.0
    """How long a rung delivery may stay unacknowledged before the relay rings again."""
    max_attempts: int = 8
    """Tries of a delivery before it is set aside as failed."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @property
    def keys(self) -> Path:
        return self.keys_dir or self.data_dir / "keys"


@cache
def settings() -> Settings:
    """The process's settings; tests clear the cache after changing the environment."""
    return Settings()
