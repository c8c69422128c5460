"""Addition: the runs of distributed Maps can be listed, described and changed; moto has made-up ones.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
"""

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.distributed import RUNS, MapRun
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.service import execution_of, page


def install() -> None:
    """Replace moto's operations."""
    StepFunctionResponse.list_map_runs = _list_map_runs
    StepFunctionResponse.describe_map_run = _describe_map_run
    StepFunctionResponse.update_map_run = _update_map_run


def _list_map_runs(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    runs, more = page(response, [run for run in RUNS.values() if run.execution_arn == execution.execution_arn])
    listed = [
        without_none(
            {
                "executionArn": run.execution_arn,
                "mapRunArn": run.arn,
                "stateMachineArn": run.state_machine_arn,
                "startDate": run.start_date,
                "stopDate": run.stop_date,
            }
        )
        for run in runs
    ]
    return ActionResult(without_none({"mapRuns": listed, "nextToken": more}))


def _describe_map_run(response: StepFunctionResponse) -> ActionResult:
    run = _run(response)
    described = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": run.start_date,
        "stopDate": run.stop_date,
        "maxConcurrency": run.concurrency,
        "toleratedFailureCount": run.tolerated_count,
        "toleratedFailurePercentage": float(run.tolerated_percentage),
        "itemCounts": run.counts(of_items=True),
        "executionCounts": run.counts(of_items=False),
        "redriveCount": run.redrives,
        "redriveDate": run.redrive_date,
    }
    return ActionResult(without_none(described))


def _update_map_run(response: StepFunctionResponse) -> ActionResult:
    run = _run(response)
    count, percentage = (response._get_param(f"toleratedFailure{kind}") for kind in ("Count", "Percentage"))
    if (width := response._get_param("maxConcurrency")) is not None:
        run.concurrency = width
    run.tolerated_count = run.tolerated_count if count is None else count
    run.tolerated_percentage = run.tolerated_percentage if percentage is None else percentage
    run.tolerates = bool(run.tolerated_count or run.tolerated_percentage)
    return EmptyResult()


def _run(response: StepFunctionResponse) -> MapRun:
    arn = response._get_param("mapRunArn")
    if arn not in RUNS:
        raise refusal("ResourceNotFound", f"Resource not found: '{arn}'")
    return RUNS[arn]
