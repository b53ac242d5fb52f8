"""The server audits of npm's `graphql-http` 1.23, said again as a table of our own."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

JSON = "application/json"
NEW = "application/graphql-response+json"
TYPENAME = "{ __typename }"
NAMED = "query Query { __typename }"
OF_A_TYPE = "query Type($name: String!) { __type(name: $name) { name } }"
UNKNOWN_FIELD = "{ 8f31403dfe404bccbb0e835f2629c6a7 }"
NEEDS_ID = "query CoerceFailure($id: ID!){ __typename }"
WRONG: tuple[Any, ...] = ({"obj": "ect"}, 0, False, ["array"])
NO_MAPS: tuple[Any, ...] = ("string", 0, False, ["array"])

Ask = Callable[..., Awaitable[httpx2.Response]]


@dataclass(frozen=True)
class Audit:
    """One request and what its answer must be; `code` is the audit's own name."""

    code: str
    statuses: tuple[int, int]
    method: str = "POST"
    accept: str | None = None
    content_type: str | None = JSON
    body: Any = None
    url: dict[str, str] = field(default_factory=dict)
    answered_as: str | None = None
    without: str | None = None
    """A key that the body of the answer must not have."""

    async def faults(self, ask: Ask) -> list[str]:
        """What is wrong with the answer."""
        headers = {}
        if self.accept is not None:
            headers["Accept"] = self.accept
        if self.method == "POST" and self.content_type is not None:
            headers["Content-Type"] = self.content_type
        raw = self.body if isinstance(self.body, str) else json.dumps(self.body)
        content = raw.encode() if self.body is not None else None
        answer = await ask(self.method, headers=headers, params=self.url, content=content)
        found = []
        if not self.statuses[0] <= answer.status_code <= self.statuses[1]:
            found.append(f"status {answer.status_code}")
        if self.answered_as and self.answered_as not in answer.headers["content-type"]:
            found.append(f"content-type {answer.headers['content-type']}")
        answer.content.decode("utf-8")
        if self.without and self.without in answer.json():
            found.append(f"body has {self.without}")
        return found


def _post(code: str, body: Any, status: int, accept: str | None = None, **more: Any) -> Audit:
    return Audit(code, (status, status), accept=accept, body=body, **more)


def _both(codes: tuple[str, str], body: Any) -> list[Audit]:
    """A request that both media types take: the older one must be free of errors too."""
    return [_post(codes[0], body, 200, NEW), _post(codes[1], body, 200, JSON, without="errors")]


def _media_types() -> list[Audit]:
    body = {"query": TYPENAME}
    shout = {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}
    return [
        _post("22EB", body, 200, NEW, answered_as=NEW),
        _post("4655", body, 200, JSON, answered_as=JSON),
        _post("47DE", body, 200, "*/*", answered_as=JSON),
        _post("80D8", body, 200, answered_as=JSON),
        _post("82A3", body, 200),
        _post("BF61", shout, 200, content_type=f"{JSON}; charset=utf-8"),
        _post("78D5", body, 200),
    ]


def _methods() -> list[Audit]:
    body = {"query": TYPENAME}
    typed = {"query": OF_A_TYPE, "variables": json.dumps({"name": "sometype"})}
    mutation = {"query": "mutation { __typename }"}
    return [
        _post("2C94", body, 200),
        Audit("5A70", (200, 200), "GET", url=body),
        Audit("9C48", (400, 499), "GET", NEW, url=mutation),
        Audit("9ABE", (400, 499), body=body, content_type="text/plain;charset=UTF-8"),
        _post("03D4", body, 200),
        Audit("A5BF", (400, 400)),
        Audit("D6D5", (200, 200), "GET", NEW, url=typed, without="errors"),
        Audit("6A70", (200, 200), "GET", JSON, url=typed, without="errors"),
    ]


def _parameters() -> list[Audit]:
    body = {"query": TYPENAME}
    named = {"query": NAMED, "operationName": "Query"}
    typed = {"query": OF_A_TYPE, "variables": {"name": "sometype"}}
    extended = {**body, "extensions": {"some": "value"}}
    listed = [_post("423L", {"notquery": TYPENAME}, 400, NEW)]
    for index, (wrong, no_map) in enumerate(zip(WRONG, NO_MAPS, strict=True)):
        listed += [
            _post(f"LKJ{index}", {"query": wrong}, 400),
            _post(f"6C0{index}", {**body, "operationName": wrong}, 400),
            _post(f"476{index}", {**body, "variables": no_map}, 400),
            _post(f"58B{index}", {**body, "extensions": no_map}, 400),
        ]
    for index, name in enumerate(("variables", "operationName", "extensions")):
        code = f"94B{index}"
        nothing = {**body, name: None}
        listed.append(_post(code, nothing, 200, NEW, without="errors"))
        listed.append(_post(f"022{index}", nothing, 200, JSON, without="errors"))
    listed += _both(("34A2", "13EE"), body) + _both(("8161", "B8B3"), named)
    listed += _both(("2EA1", "28B9"), typed) + _both(("428F", "1B7A"), extended)
    typo = {"qeury": TYPENAME}
    return [*listed, Audit("8764", (400, 599), body=typo), _post("3E3A", typo, 400)]


def _failures() -> list[Audit]:
    cut = '{ "not a JSON'
    listed = [
        Audit("B6DC", (200, 599), accept=JSON, body=cut),
        _post("BCF8", cut, 400, JSON),
        _post("B7N8", cut, 400, NEW),
        _post("7B9B", {"query": NEEDS_ID, "variables": {"id": None}}, 200, JSON),
        _post("86EE", {"query": NEEDS_ID, "variables": {"id": None}}, 400, NEW),
    ]
    for query, older, some, exact, dataless in (
        ("{", "572B", "865D", "556A", "D586"),
        (UNKNOWN_FIELD, "FDE2", "51FE", "74FF", "5E5B"),
    ):
        body = {"query": query}
        listed += [
            _post(older, body, 200, JSON),
            Audit(some, (400, 599), accept=NEW, body=body),
            _post(exact, body, 400, NEW),
            Audit(dataless, (100, 599), accept=NEW, body=body, without="data"),
        ]
    return listed


AUDITS = [*_media_types(), *_methods(), *_parameters(), *_failures()]
