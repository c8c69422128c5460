"""What the questions are asked with: state machines made for the moment, with the rights of the stack's own."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import HarnessError
from harness.probe.role import Role, copied_role, machines
from harness.report.run import Run, execute
from harness.runs import Execution, run
from harness.stack import Stack

# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
SETTLE_SECONDS = 90
POLL_SECONDS = 2
_ENDPOINT = "/runtime-endpoint/DEFAULT"

States = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Bench:
    """Runs state machines in the stack's account, each made for one question.

    `definition` and `type` are those of the stack's own one, `document` is what an agent may be called with.
    """

    stack: Stack
    name: str
    role: Role
    log_group_arn: str
    definition: Mapping[str, Any]
    type: str
    document: str | None
    undo: contextlib.ExitStack
    agent: str | None = None  # the ARN of the runtime that serves the probe's own agent

    @property
    def no_runtime(self) -> str:
        """The ARN of a runtime that does not exist, but that may be called."""
        return _no_runtime(self.stack)

    def runtime_arn(self, agent: str) -> str:
        """Return the ARN of the runtime that serves an agent, as its parameter says."""
        name = self.stack.outputs["agent_parameter_names"][agent]
        return self.stack.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    def task(self, action: str, arguments: Any, **fields: Any) -> dict[str, Any]:
        """Return a Task state that calls `service:action`; it ends its scope, unless the fields say what comes next."""
        partition = self.stack.outputs["state_machine_arn"].split(":")[1]
        resource = f"arn:{partition}:states:::aws-sdk:{action}"
        end = {} if "Next" in fields else {"End": True}
        return {"Type": "Task", "Resource": resource, "Arguments": arguments, **fields, **end}

    def ask(self, states: States) -> Any:
        """Run a state machine of `states`, the first of which begins, and return its output, or how it failed."""
        execution = self.run(self.machine(states, self.type))
        if execution.status == "SUCCEEDED":
            return dict(execution.result)
        return {"status": execution.status, "error": execution.error}

    def run(self, machine_arn: str) -> Execution:
        """Run a state machine once, and return how it ended. Raises ClientError."""
        return run(self._only(machine_arn), {})

    def traced(self, machine_arn: str) -> Run:
        """Run a state machine once, and return what happened, as `make process` reads it. Raises ClientError."""
        return execute(self._only(machine_arn), {})

    def _only(self, machine_arn: str) -> Stack:
        return Stack(self.stack.endpoint, self.stack.region, {"state_machine_arn": machine_arn})

    def machine(self, states: States, kind: str = "EXPRESS") -> str:
        """Create a state machine that begins with the first of `states`, for this probe alone; return its ARN."""
        client = self.stack.client("stepfunctions")
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{self.log_group_arn}:*"}}
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        arn = _once_known(
            lambda: client.create_state_machine(
                name=f"{self.name}-{uuid.uuid4().hex[:8]}",
                definition=json.dumps(definition),
                roleArn=self.role.arn,
                type=kind,
                loggingConfiguration={"level": "ALL", "includeExecutionData": False, "destinations": [destination]},
            )
        )["stateMachineArn"]
        self.undo.callback(client.delete_state_machine, stateMachineArn=arn)
        return arn


@contextlib.contextmanager
def bench(stack: Stack, document: str | None = None, agent: str | None = None) -> Iterator[Bench]:
    """Yield a bench in the stack's account; whatever it makes is deleted with the block.

    Raises HarnessError and ClientError.
    """
    name = f"{stack.outputs['state_machine_name']}-probe-{uuid.uuid4().hex[:6]}"
    own = stack.client("stepfunctions").describe_state_machine(stateMachineArn=stack.definition_arn)
    runtime = _no_runtime(stack)
    extra = (
        {"Effect": "Allow", "Action": "states:StartSyncExecution", "Resource": machines(stack, name)},
        {
            "Effect": "Allow",
            "Action": ["bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession"],
            "Resource": [f"{arn}{end}" for arn in filter(None, (runtime, agent)) for end in ("", _ENDPOINT)],
        },
    )
    with (
        _log_group(stack, name) as log_group_arn,
        copied_role(stack, name, extra) as role,
        contextlib.ExitStack() as undo,
    ):
        workbench = Bench(
            stack, name, role, log_group_arn, json.loads(own["definition"]), own["type"], document, undo, agent
        )
        _settle(workbench)
        yield workbench


@contextlib.contextmanager
def _log_group(stack: Stack, name: str) -> Iterator[str]:
    logs, group = stack.client("logs"), f"/aws/vendedlogs/states/{name}"
    logs.create_log_group(logGroupName=group)
    try:
        (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        yield found["arn"].removesuffix(":*")
    finally:
        logs.delete_log_group(logGroupName=group)


def _no_runtime(stack: Stack) -> str:
    _, partition, _, region, account, *_ = stack.outputs["state_machine_arn"].split(":")
    return f"arn:{partition}:bedrock-agentcore:{region}:{account}:runtime/none-0000000000"


def _settle(bench: Bench) -> None:
    """Wait until AWS knows what the new role may do. Raises HarnessError where that takes too long."""
    key = {"TableName": bench.stack.outputs["circuit_table_name"], "Key": {"agent": {"S": "probe"}}}
    machine = bench.machine({"Read": bench.task("dynamodb:getItem", key)})
    latest = time.monotonic() + SETTLE_SECONDS
    while (execution := bench.run(machine)).status != "SUCCEEDED":
        if time.monotonic() > latest:
            raise HarnessError(
                f"The probe's copy of the workflow's role cannot read the circuits' table after {SETTLE_SECONDS} s "
                f"({execution.error}): try again, or look for a policy that forbids it."
            )
        time.sleep(POLL_SECONDS)


def _once_known(act: Callable[[], Any]) -> Any:
    """Do what needs the new role; AWS may know of it some seconds later only."""
    latest = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            return act()
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException" or time.monotonic() > latest:
                raise HarnessError(f"The probe cannot make a state machine: {error}") from error
            time.sleep(POLL_SECONDS)
