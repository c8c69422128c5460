"""Everything that is added to moto, by name."""

from collections.abc import Callable, Collection

from harness.embedded import (
    agentcore,
    alarm_states,
    boundaries,
    cloudwatch,
    dashboards,
    dynamodb,
    events,
    functions,
    log_filters,
    log_groups,
    metric_data,
    metric_list,
    metric_math,
    metrics,
    operations,
    s3,
    s3_versions,
    scheduler,
    sqs,
    table_encryption,
    traces,
    xray,
)
from harness.embedded.stepfunctions import (
    activities,
    callbacks,
    creation,
    deletion,
    details,
    express,
    interpreter,
    logs,
    map_runs,
    redrive,
    requests,
    role,
    single_state,
    sync,
    update,
    validation,
    versions,
)

ADDITIONS: dict[str, Callable[[], None]] = {
    "operations": operations.install,  # before those that wrap what it wraps
    "agentcore": agentcore.install,
    "cloudwatch.alarm-states": alarm_states.install,
    "cloudwatch.composite-alarms": cloudwatch.install,
    "cloudwatch.dashboards": dashboards.install,
    "cloudwatch.metric-data": metric_data.install,  # before the one that asks it
    "cloudwatch.metric-math": metric_math.install,
    "cloudwatch.metric-list": metric_list.install,
    "cloudwatch.service-metrics": metrics.install,
    "dynamodb.atomicity": dynamodb.install,
    "dynamodb.encryption": table_encryption.install,
    "events.delivery": events.install,
    "iam.policies": boundaries.install,
    "lambda.functions": functions.install,
    "logs.filters": log_filters.install,
    "logs.keys": log_groups.install,
    "s3.bucket-policies": s3.install,
    "s3.encoded-versions": s3_versions.install,
    "scheduler": scheduler.install,
    "sqs.visibility": sqs.install,
    "xray.groups": xray.install,
    "xray.traces": traces.install,
    "stepfunctions.interpreter": interpreter.install,
    "stepfunctions.sync": sync.install,
    "stepfunctions.callbacks": callbacks.install,
    "stepfunctions.activities": activities.install,
    "stepfunctions.redrive": redrive.install,
    "stepfunctions.map-runs": map_runs.install,
    "stepfunctions.single-state": single_state.install,
    "stepfunctions.versions": versions.install,
    "stepfunctions.details": details.install,
    "stepfunctions.logs": logs.install,
    "stepfunctions.update": update.install,
    # after the operations that they guard
    "stepfunctions.creation": creation.install,
    "stepfunctions.deletion": deletion.install,
    "stepfunctions.role": role.install,
    "stepfunctions.express": express.install,
    "stepfunctions.validation": validation.install,
    "stepfunctions.requests": requests.install,
}


def install(without: Collection[str] = ()) -> None:
    """Install all additions but those named in `without`. Raises ValueError for a name that no addition has."""
    if unknown := sorted(set(without) - ADDITIONS.keys()):
        raise ValueError(f"No addition is named {', '.join(unknown)}: choose among {', '.join(sorted(ADDITIONS))}.")
    for name, add in ADDITIONS.items():
        if name not in without:
            add()
