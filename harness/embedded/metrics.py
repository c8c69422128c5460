"""The metrics that AWS's services put themselves, which moto does not, and metrics in virtual time.

Only what a run can cause here: executions of a state machine and refusals to start one, messages in a queue, throttled
tables, deliveries of schedules and of events, calls of agents.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.cloudwatch.models import CloudWatchBackend, Dimension, MetricDatum, MetricDatumBase
from moto.core.utils import unix_time_millis
from moto.events.models import Rule

from harness.embedded import faults, scheduler
from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.agentcore import operations
from harness.embedded.agentcore.sessions import SESSIONS
from harness.embedded.clock import CLOCK
from harness.embedded.events.delivery import DELIVERIES
from harness.embedded.stepfunctions import execution
from harness.embedded.stepfunctions.execution import Execution
from harness.embedded.stepfunctions.journal import Event

_ENDS = {
    "ExecutionSucceeded": "ExecutionsSucceeded",
    "ExecutionFailed": "ExecutionsFailed",
    "ExecutionTimedOut": "ExecutionsTimedOut",
    "ExecutionAborted": "ExecutionsAborted",
}
_READS = {"GetItem", "Query", "Scan"}
_AGENT_ERRORS = {"ThrottlingException": "Throttles", "InternalServerException": "SystemErrors"}
_THROTTLES = {"ProvisionedThroughputExceededException", "ThrottlingException"}


def install() -> None:
    """Listen to what puts metrics, and stamp metrics without a time with the virtual one."""
    put, get_all = CloudWatchBackend.put_metric_data, CloudWatchBackend.get_all_metrics

    def put_metric_data(backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        put(backend, namespace, [{"Timestamp": _now(), **datum} for datum in metric_data])

    def get_all_metrics(backend: CloudWatchBackend) -> list[MetricDatumBase]:
        here = (backend.account_id, backend.region_name)
        return [*get_all(backend), *_of_queues(*here), *(_of_sessions() if here == (ACCOUNT, REGION) else ())]

    CloudWatchBackend.put_metric_data = put_metric_data
    CloudWatchBackend.get_all_metrics = get_all_metrics
    # moto compares a dimension's value with another's name, and so finds metrics in some orders of dimensions only.
    Dimension.__lt__ = lambda one, other: (one.name, one.value) < (other.name, other.value)
    execution.deliver_to(_of_execution)
    faults.FAULTS.listen(_of_fault)
    scheduler.listen(_of_delivery)
    operations.listen(_of_invocation)
    DELIVERIES.listen(_of_rule)


def _of_execution(run: Execution, event: Event) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html."""
    machine = {"StateMachineArn": run.machine.arn}
    if event.type == "ExecutionStarted":
        _put("AWS/States", machine, ExecutionsStarted=1)
    elif metric := _ENDS.get(event.type):
        milliseconds = (event.timestamp - run.start_date.timestamp()) * 1000
        _put("AWS/States", machine, ExecutionTime=milliseconds, **{metric: 1})
        if run.machine.type == "EXPRESS":  # memory in steps of 64 MB, time in steps of 100 ms
            billed = {"ExpressExecutionBilledDuration": math.ceil(milliseconds / 100) * 100}
            _put("AWS/States", machine, **billed, ExpressExecutionBilledMemory=64, ExpressExecutionMemory=64)
    # A fault that no call can meet: the state is entered all the same, and counted as one that had to wait.
    elif (
        run.machine.type == "STANDARD"  # Express has no limit of state transitions
        and event.type.endswith("StateEntered")
        and faults.FAULTS.strike("states", "StateTransition", [run.machine.arn])
    ):
        _put("AWS/States", machine, ExecutionThrottled=1)


def _of_fault(service: str, operation: str, resources: list[str], error: str) -> None:
    """Count what was throttled.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    """
    if error not in _THROTTLES:
        return
    if service == "bedrock-agentcore" and operation == "InvokeAgentRuntime":
        arn, _, qualifier = resources[-1].partition("/runtime-endpoint/")
        _of_invocation(operations.Outcome(arn, qualifier, 0.0, is_new_session=False, error="ThrottlingException"))
    if service == "stepfunctions":
        _put("AWS/States", {"APIName": operation}, ThrottledEvents=1)
    if service == "dynamodb":
        kind = "Read" if operation in _READS else "Write"
        for _, table, *index in {tuple(resource.split("/")) for resource in resources if ":table/" in resource}:
            struck = {"TableName": table} | ({"GlobalSecondaryIndexName": index[1]} if index else {})
            _put("AWS/DynamoDB", {"TableName": table, "Operation": operation}, ThrottledRequests=1)
            _put("AWS/DynamoDB", struck, **{f"{kind}ThrottleEvents": 1})


def _of_delivery(delivery: scheduler.Delivery) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html."""
    group = {"ScheduleGroup": delivery.group}
    _put("AWS/Scheduler", group, InvocationAttemptCount=1)
    if delivery.error:
        _put("AWS/Scheduler", group, TargetErrorCount=1, InvocationsSentToDeadLetterCount=int(delivery.dead_lettered))


def _of_invocation(call: operations.Outcome) -> None:
    """https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/observability-runtime-metrics.html."""
    name = call.runtime_arn.rpartition("/")[2].rpartition("-")[0]
    dimensions = {
        "Operation": "InvokeAgentRuntime",
        "Name": f"{name}::{call.qualifier}",
        "Resource": call.runtime_arn,
    }
    values = {"Invocations": 1, "Latency": call.seconds * 1000}
    if call.is_new_session:
        values["Sessions"] = 1
    if call.error:
        values[_AGENT_ERRORS.get(call.error, "UserErrors")] = 1
    _put("AWS/Bedrock-AgentCore", dimensions, **values)


def _of_rule(rule: Rule, metric: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html."""
    _put("AWS/Events", {"RuleName": rule.name}, **{metric: 1})
    if rule.event_bus_name != "default":
        _put("AWS/Events", {"EventBusName": rule.event_bus_name, "RuleName": rule.name}, **{metric: 1})


def _of_sessions() -> Iterator[MetricDatum]:
    """Measure how many sessions live, and lived in earlier minutes."""
    dimensions = [{"Name": "Service", "Value": "AgentCore.Runtime"}]
    for minute, count in SESSIONS.peaks().items():
        time = datetime.fromtimestamp(minute * 60, UTC).replace(tzinfo=None)
        yield MetricDatum("AWS/Bedrock-AgentCore", "ActiveSessionCount", float(count), dimensions, time)
    yield MetricDatum("AWS/Bedrock-AgentCore", "ActiveSessionCount", float(SESSIONS.count()), dimensions, _now())


def _of_queues(account: str, region: str) -> Iterator[MetricDatum]:
    """Measure what the queues hold at this moment.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    for queue in list(get_backend("sqs")[account][region].queues.values()):
        messages = list(queue._messages)
        ages = [unix_time_millis() - message.sent_timestamp for message in messages]
        values = {
            "ApproximateNumberOfMessagesVisible": sum(message.visible for message in messages),
            "ApproximateNumberOfMessagesNotVisible": sum(not message.visible for message in messages),
            "ApproximateAgeOfOldestMessage": max(ages, default=0) / 1000 * CLOCK.speed,  # moto's stamps are real time
        }
        dimensions = [{"Name": "QueueName", "Value": queue.name}]
        for name, value in values.items():
            yield MetricDatum("AWS/SQS", name, float(value), dimensions, _now())


def _put(namespace: str, dimensions: dict[str, str], **values: float) -> None:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [{"MetricName": name, "Value": value, "Dimensions": named} for name, value in values.items()]
    get_backend("cloudwatch")[ACCOUNT][REGION].put_metric_data(namespace, data)


def _now() -> datetime:
    return CLOCK.date().replace(tzinfo=None)
