"""An agent that answers the probe's questions: serve it with AgentCore as an HTTP runtime, and probe it by its ARN."""

import asyncio
import json
import uuid

from bedrock_agentcore import BedrockAgentCoreApp

app, microvm = BedrockAgentCoreApp(), uuid.uuid4().hex


@app.async_task
async def work(seconds):
    """Work in the background."""
    await asyncio.sleep(seconds)


@app.entrypoint
async def answer(payload):
    """Answer as the payload asks."""
    request = payload if isinstance(payload, dict) else {}
    if request.get("probe") == "sleep":
        await asyncio.sleep(request["seconds"])
    if request.get("probe") == "background":
        app.working = asyncio.create_task(work(request["seconds"]))  # kept, or it may be collected
    busy = app.get_async_task_info()["active_count"] > 0
    reply = {"success": True, "received": type(payload).__name__, "microvm": microvm, "busy": busy}
    shapes = {"string": json.dumps(reply), "stream": (one for one in ({"message": "reading"}, reply))}
    return shapes.get(request.get("probe"), reply)


if __name__ == "__main__":
    app.run()
