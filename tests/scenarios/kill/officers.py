"""Officers before the web process: a mutation, sent again under its key until it is answered."""

import time
from typing import Any

import httpx2 as httpx

from infra.gateways import trust
from tests.scenarios.kill.stack import Stack

_TRY_S = 20.0


def until_answered(
    stack: Stack, token: str, name: str, given: dict[str, Any], patience: float
) -> dict[str, Any]:
    """A reward's mutation by whose token it is; what a frontend does when no answer comes.

    Returns the payload. Raises the last error when the patience is over.
    """
    kind = name[0].upper() + name[1:]
    query = f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{
      reward {{ id status version }} userErrors {{ code field }} }} }}"""
    deadline = time.monotonic() + patience
    while True:
        try:
            answer = httpx.post(
                f"http://127.0.0.1:{stack.web_port}/graphql",
                json={"query": query, "variables": {"input": given}},
                headers={"Authorization": f"Bearer {token}"},
                timeout=_TRY_S,
                verify=trust(),
            ).json()
            payload: dict[str, Any] | None = (answer.get("data") or {}).get(name)
            if payload is not None:
                return payload
            failure: Exception = AssertionError(answer)
        except (httpx.HTTPError, ValueError) as broken:
            failure = broken
        if time.monotonic() > deadline:
            raise failure
        time.sleep(0.1)
