"""Reference agents that are slow on purpose, served by AWS's SDKs."""

import asyncio
import json

import httpx
import pytest

from harness.agents.pace import HEADER, Pace
from harness.agents.server import apps
from tests.agents.desk import SETTINGS, desk

PAYLOAD = {"event_type": "WORKFLOW_ERROR", "reason_codes": ["PROCESSING_ERROR"], "idempotency_key": "k"}
SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
IN_PROGRESS = {"success": True, "status": "IN_PROGRESS", "retry_after_seconds": 22}


@pytest.fixture(scope="module", autouse=True)
def _an_aws():
    with desk():
        yield


class Agent:
    """exception-management, whose time passes when the test says so."""

    def __init__(self, protocol, pace):
        self.slept, self.released = [], asyncio.Event()
        self.headers = {HEADER: str(pace), SESSION: "s" * 33}
        app = apps(SETTINGS, self.sleep)[f"{protocol}/exception-management"]
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://agent", headers=self.headers
        )
        self.path = "/invocations" if protocol == "HTTP" else "/"

    async def sleep(self, seconds):
        self.slept.append(seconds)
        while not self.released.is_set():  # the SDK runs an HTTP agent in a loop of its own
            await asyncio.sleep(0.001)

    async def ask(self, content):
        return (await self.client.post(self.path, json=content)).json()

    async def ping(self):
        return (await self.client.get("/ping")).json()["status"]

    async def rest(self):
        while await self.ping() != "Healthy":
            await asyncio.sleep(0.001)


def send(blocking):
    parts = [{"kind": "text", "text": json.dumps(PAYLOAD)}]
    message = {"kind": "message", "role": "user", "messageId": "m", "parts": parts}
    params = {"message": message, "configuration": {"blocking": blocking}}
    return {"jsonrpc": "2.0", "id": "m", "method": "message/send", "params": params}


def get(task):
    return {"jsonrpc": "2.0", "id": "m", "method": "tasks/get", "params": {"id": task["id"]}}


def reply_of(task):
    (artifact,) = task["artifacts"]
    return json.loads("".join(part["text"] for part in artifact["parts"]))


def test_a_slow_call_responds_when_the_work_is_done():
    async def course():
        agent = Agent("HTTP", Pace(67))
        agent.released.set()
        assert (await agent.ask(PAYLOAD))["success"]
        assert agent.slept == [67]

    asyncio.run(course())


def test_work_in_the_background_is_begun_once_and_reported_as_busy():
    async def course():
        agent = Agent("HTTP", Pace(67, in_background=True))
        first, *others = [await agent.ask(PAYLOAD) for _ in range(3)]
        assert others == [first] * 2
        assert first == IN_PROGRESS | {"task_id": first["task_id"]}
        assert await agent.ping() == "HealthyBusy"
        agent.released.set()
        await agent.rest()
        assert "exception_id" in await agent.ask(PAYLOAD)
        assert agent.slept == [67]

    asyncio.run(course())


def test_an_a2a_task_is_worked_on_while_it_is_asked_for():
    async def course():
        agent = Agent("A2A", Pace(67, in_background=True))
        task = (await agent.ask(send(blocking=False)))["result"]
        assert (task["status"]["state"], task["metadata"]["retry_after_seconds"]) == ("working", 22)
        assert (await agent.ask(get(task)))["result"]["status"]["state"] == "working"
        assert await agent.ping() == "HealthyBusy"
        agent.released.set()
        while (task := (await agent.ask(get(task)))["result"])["status"]["state"] != "completed":
            await asyncio.sleep(0.001)
        assert "exception_id" in reply_of(task)
        assert await agent.ping() == "Healthy"
        assert agent.slept == [67]

    asyncio.run(course())


def test_an_a2a_message_that_waits_gets_the_completed_task():
    async def course():
        agent = Agent("A2A", Pace(67, in_background=True))
        agent.released.set()
        assert "exception_id" in reply_of((await agent.ask(send(blocking=True)))["result"])

    asyncio.run(course())
