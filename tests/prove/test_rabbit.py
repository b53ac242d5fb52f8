"""The story on the other broker: `make run` with an external RabbitMQ."""

import signal
from pathlib import Path

import pytest

from tests.infra.test_launcher import Deployment
from tests.scenarios.kill.rabbit import Rabbit


@pytest.mark.prove
def test_the_story_on_rabbitmq(tmp_path: Path) -> None:
    rabbit = Rabbit()
    rabbit.start()
    deployment = Deployment(tmp_path / "data")
    deployment.environment["WANGGE_BROKER_URL"] = rabbit.url
    try:
        printed = deployment.start()
        assert "Valkey" not in printed, "the broker must be the given one"
        played = deployment.cli("story")
        assert played.returncode == 0, played.stdout
        print(played.stdout.strip().splitlines()[-1])
    finally:
        deployment.end(signal.SIGTERM)
        rabbit.stop()
