"""The questions that decide most, asked of AgentCore itself: how long a call may last, and what a Task gets back.

They need an agent that answers them, whose code `--print-agent` prints. Nothing is deployed here.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.probe.asks import REPORTED
from harness.probe.bench import Bench

LONGER, LONGEST = 70, 130  # seconds: reported are cuts near 60 s, and some clients give up at 120 s
BACKGROUND_SECONDS = 30
AGENT = Path(__file__).with_name("probe_agent.py")

CUT_SECONDS = 20  # a call that fails sooner was refused, not cut
SPARED_SECONDS = 10  # by which call_seconds stays under a cut

_NAMESPACE = "AWS/Bedrock-AgentCore"
_CALL, _STOP = "bedrockagentcore:invokeAgentRuntime", "bedrockagentcore:stopRuntimeSession"
_MILLISECONDS = "$millis() - $toMillis($states.context.State.EnteredTime)"
_ANSWERED = f"{{% {{ 'answered': true, 'milliseconds': {_MILLISECONDS} }} %}}"
_FAILED = (
    f"{{% {{ 'answered': false, 'milliseconds': {_MILLISECONDS}, 'error': $states.errorOutput.Error, "
    "'cause': $substring($states.errorOutput.Cause, 0, 300) } %}"
)
_RUNTIME = re.compile(r"arn:[a-z-]+:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z0-9_-]+")

Ask = Callable[[Bench], Any]


def checked(runtime_arn: str) -> str:
    """Return the ARN of a runtime. Raises HarnessError where it is none."""
    if not _RUNTIME.fullmatch(runtime_arn):
        raise HarnessError(f"{runtime_arn!r} is not the ARN of an AgentCore runtime.")
    return runtime_arn


def long_call(seconds: int) -> Ask:
    """Ask whether a call may last so long; where it may not, the answer has the error, its cause and its moment."""
    return lambda bench: _call_once(bench, {"probe": "sleep", "seconds": seconds}, _ANSWERED, seconds + 60)


def received(bench: Bench) -> Any:
    """Ask what the agent receives for a payload that is a JSON text."""
    return _call_once(bench, {"probe": "echo"}, "{% { 'received': $parse($states.result.Response).received } %}")


def reply(shape: str) -> Ask:
    """Ask what a Task gets for a reply of a shape: its type, and how its text begins."""
    output = "{% { 'type': $type($states.result.Response), 'begins': $substring($states.result.Response, 0, 7) } %}"
    return lambda bench: _call_once(bench, {"probe": shape}, output)


def second_call(bench: Bench) -> Any:
    """Ask whether a second call enters a session whose agent works in the background, and finds it at work."""
    session = _session(bench)
    first, second = {"probe": "background", "seconds": BACKGROUND_SECONDS}, {"probe": "echo"}
    begun = {"microvm": "{% $parse($states.result.Response).microvm %}"}
    output = (
        "{% ( $found := $parse($states.result.Response); "
        "{ 'same_microvm': $found.microvm = $microvm, 'busy': $found.busy }) %}"
    )
    return bench.ask(
        {
            "Begin": _call(bench, session, first, {}, 60, "Again") | {"Assign": begun},
            "Again": _call(bench, session, second, output, 60, "Stop"),
            "Stop": _stop(bench, session),
            **REPORTED,
        }
    )


def token_integration(bench: Bench) -> Any:
    """Ask whether a call of an agent may wait for a task token: AWS checks the integration of a state machine."""
    arguments = {"AgentRuntimeArn": bench.no_runtime, "Payload": "{% $states.context.Task.Token %}"}
    bench.machine({"Call": bench.task(f"{_CALL}.waitForTaskToken", arguments, TimeoutSeconds=60)}, "STANDARD")
    return {"accepted": True}


def metrics(bench: Bench) -> Any:
    """List the metrics of AgentCore's namespace: those with dimensions that policies/metrics.json does not know."""
    catalogue = json.loads((ROOT / "policies" / "metrics.json").read_text(encoding="utf-8"))[_NAMESPACE]["metrics"]
    pages = bench.stack.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=_NAMESPACE)
    found = {
        (metric["MetricName"], tuple(sorted(each["Name"] for each in metric["Dimensions"])))
        for page in pages
        for metric in page["Metrics"]
    }
    unknown = [f"{name}: {', '.join(names)}" for name, names in found if list(names) not in catalogue.get(name, [])]
    return {"unknown": sorted(unknown), "known": len(found) - len(unknown)}


def verdict(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines that say how to apply, from the answers of long calls, the shortest first.

    An answer is that of `long_call` with its `seconds`; one without `answered` was not given.
    """
    longest = 0
    for answer in answers:
        if "answered" not in answer:
            break
        lasted = answer["milliseconds"] // 1000
        if answer["answered"]:
            longest = answer["seconds"]
        elif lasted < CUT_SECONDS:
            return [f"No verdict: the probe's agent could not be called ({answer['error']})."]
        else:
            return [
                f"A call is cut after {lasted} s, with {answer['error']}. In `agents`, for each whose work may last",
                "longer, which then has to reply IN_PROGRESS or to call back:",
                f"    call_seconds = {max(5, lasted - SPARED_SECONDS)}",
            ]
    if longest == LONGEST:
        return [
            f"Apply as it is: a call of {longest} s was answered, and nothing longer was tried. In `agents`, to say",
            "that calls of over 60 s are meant:",
            f"    call_seconds = {longest}",
        ]
    return [
        "No verdict: how long a call may last was not asked. `--print-agent` prints an agent that answers, `--agent`",
        "asks it. Until then, what is right either way, in `agents`:",
        "    call_seconds = 50",
    ]


def _call_once(bench: Bench, payload: Mapping[str, Any], output: Any, seconds: int = 60) -> Any:
    """Call the agent once in a session of its own, which is stopped."""
    session = _session(bench)
    call = _call(bench, session, payload, output, seconds, "Stop")
    return bench.ask({"Call": call, "Stop": _stop(bench, session), **REPORTED})


def _session(bench: Bench) -> dict[str, str]:
    return {"AgentRuntimeArn": bench.agent or bench.no_runtime, "RuntimeSessionId": f"probe-{uuid.uuid4()}"}


def _call(
    bench: Bench, session: Mapping[str, str], payload: Mapping[str, Any], output: Any, seconds: int, after: str
) -> dict[str, Any]:
    arguments = {**session, "ContentType": "application/json", "Payload": json.dumps(payload)}
    catch = [{"ErrorEquals": ["States.ALL"], "Output": _FAILED, "Next": "Stop"}]
    return bench.task(_CALL, arguments, TimeoutSeconds=seconds, Output=output, Catch=catch, Next=after)


def _stop(bench: Bench, session: Mapping[str, str]) -> dict[str, Any]:
    return bench.task(
        _STOP,
        session,
        Output="{% $states.input %}",
        Catch=[{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "Reported"}],
        Next="Reported",
    )
