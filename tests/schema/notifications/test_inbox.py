"""The inbox through HTTP: one's own messages, read marks, and nothing of anybody else."""

from typing import Any

import httpx2 as httpx

from schema.app import create_app
from services.notifications.rules import Template
from services.notifications.service import notify_accounts
from tenants.session import unit_of_work
from tests.harness.county import County

INBOX = "{ inbox(first: 10) { totalCount nodes { id text readAt createdAt template } } }"
READ = """
mutation ($id: ID!) {
  messageMarkRead(input: {id: $id}) { message { id readAt } userErrors { field code } }
}
"""


async def ask(county: County, name: str, query: str, **variables: Any) -> Any:
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {county.token(name)}"},
        )
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


async def test_a_message_is_read_by_its_recipient_alone(county: County) -> None:
    async with unit_of_work(county.scope, "test") as session:
        owner = county.accounts["officer1"]
        await notify_accounts(
            session, county.number, [owner], Template.CLUE_ASSIGNED, {"ticket": "T-0001"}
        )
    mine = (await ask(county, "officer1", INBOX))["inbox"]
    assert mine["totalCount"] == 1
    (message,) = mine["nodes"]
    assert message["text"] == "您有一条新的线索待处理，编号T-0001。"
    assert message["readAt"] is None
    empty = {"totalCount": 0, "nodes": []}
    assert (await ask(county, "officer2", INBOX))["inbox"] == empty

    other = (await ask(county, "officer2", READ, id=message["id"]))["messageMarkRead"]
    assert other["message"] is None
    assert [(e["field"], e["code"]) for e in other["userErrors"]] == [
        (["input", "id"], "NOT_FOUND")
    ]
    read = (await ask(county, "officer1", READ, id=message["id"]))["messageMarkRead"]
    assert read["userErrors"] == []
    assert read["message"]["readAt"] is not None
    document = "{ inbox(first: 1, filter: {readAt: {isNull: true}}) { totalCount } }"
    unread = await ask(county, "officer1", document)
    assert unread["inbox"]["totalCount"] == 0


async def test_by_id_is_visible_to_the_recipient_alone(county: County) -> None:
    async with unit_of_work(county.scope, "test") as session:
        owner = county.accounts["officer1"]
        await notify_accounts(
            session, county.number, [owner], Template.CLUE_ASSIGNED, {"ticket": "T-0001"}
        )
    message_id = (await ask(county, "officer1", INBOX))["inbox"]["nodes"][0]["id"]
    by_id = "query ($id: ID!) { message(id: $id) { id } node(id: $id) { id } }"
    seen = await ask(county, "officer1", by_id, id=message_id)
    assert seen == {"message": {"id": message_id}, "node": {"id": message_id}}
    unseen = await ask(county, "officer2", by_id, id=message_id)
    assert unseen == {"message": None, "node": None}
