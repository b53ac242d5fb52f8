"""npm's `graphql-http` audits the real web process; every audit passes, whatever its level."""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from infra.embedded.process import SUPERVISOR_PID
from infra.launcher import free_port, web_command
from tests.harness.cluster import TEMPLATE, running_cluster
from tests.schema.http.audits import AUDITS

ROOT = Path(__file__).parents[2]
PACKAGES = ("graphql-http@1.23", "graphql@16")
SCRIPT = """
import { serverAudits } from "graphql-http";
const results = [];
for (const audit of serverAudits({ url: process.argv[2] })) {
  const result = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason });
}
console.log(JSON.stringify(results));
"""


@pytest.fixture
def url() -> Iterator[str]:
    """The endpoint of a web process over a database of its own."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running_cluster() as cluster, cluster.environment(TEMPLATE):
        environment = os.environ | {SUPERVISOR_PID: str(os.getpid())}
        web = subprocess.Popen(
            web_command("127.0.0.1", port),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + 30
            while not _answers(f"{address}/livez"):
                assert time.monotonic() < until and web.poll() is None
                time.sleep(0.1)
            yield f"{address}/graphql"
        finally:
            web.terminate()
            web.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.mark.prove
def test_every_server_audit_passes(url: str, tmp_path: Path) -> None:
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    (tmp_path / "audit.mjs").write_text(SCRIPT)
    ran = subprocess.run(
        ["node", "audit.mjs", url],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    results = json.loads(ran.stdout)
    levels = Counter(result["name"].split()[0] for result in results)
    passed = [result for result in results if result["status"] == "ok"]
    print(f"graphql-http server audits: {len(passed)} of {len(results)} pass ({dict(levels)})")
    failing = [(r["id"], r["name"], r["reason"]) for r in results if r not in passed]
    assert failing == []
    # Ours, run at every `make test`, are the same ones.
    assert {result["id"] for result in results} == {audit.code for audit in AUDITS}
