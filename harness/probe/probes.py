"""The questions: each asks AWS one thing that its documents leave open and that this module relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.probe import asks, calls, harmless
from harness.probe.asks import Ask
from harness.probe.values import VALUES


@dataclass(frozen=True, eq=False)
class Probe:
    """A question, what depends on it, what the module assumes, and how to ask.

    The answer, a JSON value, agrees when it has what is assumed; fields that are not assumed are only shown.
    """

    question: str
    matters: str
    assumed: Any
    ask: Ask


LONG_CALLS = tuple(
    Probe(
        f"May a call of an agent last {seconds} s, and what does a cut look like?",
        "call_seconds: an agent that needs longer than one call may last has to reply IN_PROGRESS, or to call back.",
        {"answered": True},
        calls.long_call(seconds),
    )
    for seconds in (calls.LONGER, calls.LONGEST)
)

# Asked first, of an agent that answers them.
OF_THE_AGENT = (
    *LONG_CALLS,
    Probe(
        "May a second call enter a session that works in the background?",
        "An agent that replies IN_PROGRESS is polled in its session.",
        {"same_microvm": True, "busy": True},
        calls.second_call,
    ),
    Probe(
        "What does an agent receive for a payload that is a JSON text?",
        "An agent reads an object; of a text that is quoted again it would have to be parsed twice.",
        {"received": "dict"},
        calls.received,
    ),
    Probe(
        "What does a Task get for a reply that is an object?",
        "The reply is read from Response, which is the agent's body as text.",
        {"type": "string", "begins": '{"succe'},
        calls.reply("object"),
    ),
    Probe(
        "What does a Task get for a reply that is a string?",
        "Such a reply is parsed twice.",
        {"type": "string", "begins": '"{\\"suc'},
        calls.reply("string"),
    ),
    Probe(
        "What does a Task get for a reply that is an event stream?",
        "The reply is the last complete event.",
        {"type": "string", "begins": "data: {"},
        calls.reply("stream"),
    ),
)

PROBES = (
    Probe(
        "May a call of an agent wait for a task token?",
        "completion = callback, for agents that work longer than a call may last.",
        {"accepted": True},
        calls.token_integration,
    ),
    Probe(
        "Which metrics has AgentCore's namespace, with which dimensions?",
        "Alarms on what is not emitted never fire. Without calls there are none.",
        {"unknown": []},
        calls.metrics,
    ),
    Probe(
        "Is TimeoutSeconds evaluated again when a Task is retried?",
        "A retried write at the end of a run takes only the time that is left.",
        {"evaluated": "for each attempt"},
        asks.timeout_of_a_retry,
    ),
    Probe(
        "What catches a reply that is too large?",
        "Such a reply ends as ReplyTooLarge and not as a dead run.",
        {"caught_by": "its own name"},
        asks.large_reply,
    ),
    Probe(
        "How does an error leave a Parallel?",
        "Retry and Catch of an agent's call know errors by name, and the message is read from the cause.",
        {"caught_by": "ProbeError", "error": "ProbeError", "cause": '{"message":"why"}'},
        asks.error_of_a_branch,
    ),
    Probe(
        "Is the count of retries in a Parallel's context?",
        "workflow_steps has the attempts; without it they read 1.",
        {"retries": 2},
        asks.retries_of_a_block,
    ),
    Probe(
        "Are a Parallel's Arguments evaluated for each retry, and do they know the count?",
        "A retry is made only where the wait before it fits; without the count the longest wait has to fit.",
        {"attempt": "2"},
        asks.retries_in_arguments,
    ),
    Probe(
        "Does a state catch that its own Assign cannot be evaluated?",
        "A reply that is not JSON ends as InvalidReply.",
        {"caught": True},
        asks.failing("Assign", {"value": "{% $parse('no JSON') %}"}),
    ),
    Probe(
        "Does a state catch that its own Output cannot be evaluated?",
        "A reply of an odd shape ends as InvalidReply.",
        {"caught": True},
        asks.failing("Output", "{% $parse('no JSON') %}"),
    ),
    Probe(
        "What is the error of a call of a runtime that does not exist?",
        "It is not retried, and counts for the circuit.",
        {"error": "BedrockAgentCore.ResourceNotFoundException"},
        asks.error_of_call(lambda bench: bench.no_runtime),
    ),
    Probe(
        "What is the error of a call of a runtime that the role does not name?",
        "It is not retried, and counts for the circuit.",
        {"error": "BedrockAgentCore.AccessDeniedException"},
        asks.error_of_call(lambda bench: bench.no_runtime.replace("none-", "other-")),
    ),
    Probe(
        "What is the error of a session id that is too short?",
        "It is neither retried nor counted.",
        {"error": "BedrockAgentCore.ValidationException"},
        asks.error_of_call(lambda bench: bench.no_runtime, session="short"),
    ),
    Probe(
        "What is the error of a condition that does not hold?",
        "A document that another run holds is a duplicate.",
        {"error": "DynamoDb.ConditionalCheckFailedException"},
        asks.error_of_condition,
    ),
    Probe(
        "What is the error of a transaction with a condition that does not hold?",
        "With max_concurrent_documents, a run notices that it lost its claim, or that its record is closed.",
        {"error": "DynamoDb.TransactionCanceledException"},
        asks.error_of_transaction,
    ),
    Probe(
        "How does S3 say that there is no such object?",
        "A missing document ends as DocumentNotFound.",
        {"read_as": "DocumentNotFound"},
        asks.missing_object(),
    ),
    Probe(
        "How does S3 say that there is no such version of an object?",
        "A document_version that S3 does not have ends as DocumentNotFound.",
        {"read_as": "DocumentNotFound"},
        asks.missing_object("3HL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"),
    ),
    Probe(
        "How does S3 refuse a text that is no version id?",
        "A document_version that S3 cannot have ends as DocumentNotFound.",
        {"read_as": "DocumentNotFound"},
        asks.missing_object("probe"),
    ),
    Probe(
        "Do the expressions have the same results as here?",
        "All of the workflow is written in them.",
        VALUES,
        asks.values,
    ),
    Probe(
        "Do the log events of an Express run have the shape that is read?",
        "`make process` shows the path of a run.",
        {
            "visits": [
                "Block caught, attempts: 2",
                "Fail failed, attempts: 1",
                "Fail failed, attempts: 1",
                "Reported succeeded, attempts: 1",
            ]
        },
        asks.log_events,
    ),
    Probe(
        "May the role do what the workflow does?",
        "A run fails where it may not.",
        {"denied": []},
        harmless.denied,
    ),
)

WITH_AGENTS = (
    Probe(
        "What does a Task get from an agent?",
        "The reply is read from Response, which is the agent's body as text.",
        {"response": "string", "parsed": "object"},
        asks.reply,
    ),
)
