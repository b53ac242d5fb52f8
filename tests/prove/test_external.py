"""`make run` on servers of one's own: the same code path, another address."""

import signal
from pathlib import Path

import pytest

from infra.embedded.postgres import EmbeddedPostgres
from tests.infra.test_launcher import Deployment


@pytest.mark.prove
def test_the_story_on_an_external_database(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "elsewhere")
    server.start()
    deployment = Deployment(tmp_path / "data")
    deployment.environment |= {
        "WANGGE_DATABASE_URL": server.url("county_service"),
        "WANGGE_ADMIN_URL": server.admin_url,
        "WANGGE_DEMO": "1",
    }
    try:
        printed = deployment.start()
        assert "PostgreSQL" not in printed, "the database must be the given one"
        assert not (deployment.folder / "postgres").exists()
        played = deployment.cli("story")
        assert played.returncode == 0, played.stdout
        print(played.stdout.strip().splitlines()[-1])
    finally:
        deployment.end(signal.SIGTERM)
        server.stop()
