"""Distributed Maps: items from S3, batches, tolerated failures, results in S3, and the descriptions of their runs."""

import gzip
import json
import time

import pytest

from harness.embedded import launch
from tests.roles import make_role
from tests.waiting import finished

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
FILES = {
    "in/array.json": b'[{"n": 1}, {"n": 2}]',
    "in/inner.json": b'{"a": {"list": [1, 2, 3]}}',
    "in/object.json": b'{"x": 1}',
    "in/lines.jsonl": b'{"n": 1}\n\n{"n": 2}\n',
    "in/table.csv": b"id,name\n1,a\n2,\n",
    "in/pipes.csv": b"1|a\n",
    "inventory/data.csv.gz": gzip.compress(b'"things","in/array.json","20"\n'),
    "inventory/manifest.json": b'{"fileSchema": "Bucket, Key, Size", "files": [{"key": "inventory/data.csv.gz"}]}',
    "listed/one": b"1",
    "listed/two": b"22",
}


class Aws:
    """An embedded AWS with a role and a bucket of files."""

    def __init__(self, endpoint):
        self.sfn, self.s3 = endpoint.client("stepfunctions"), endpoint.client("s3")
        self.role = make_role(endpoint, "machines", "states")
        self.s3.create_bucket(Bucket="things")
        for key, body in FILES.items():
            self.s3.put_object(Bucket="things", Key=key, Body=body)

    def run(self, states=None, value=None, kind="EXPRESS", **fields):
        """Run a state machine of one distributed Map and describe its execution."""
        states = states or {"I": {"Type": "Pass", "End": True}}
        config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
        processor = {"ProcessorConfig": config, "StartAt": next(iter(states)), "States": states}
        state = {"Type": "Map", "Label": "Each", "ItemProcessor": processor, "End": True, **fields}
        text = json.dumps({"QueryLanguage": "JSONata", "StartAt": "M", "States": {"M": state}})
        response = self.sfn.create_state_machine(name=f"m-{time.monotonic_ns()}", definition=text, roleArn=self.role)
        run = self.sfn.start_execution(stateMachineArn=response["stateMachineArn"], input=json.dumps(value))
        return self.finished(run["executionArn"])

    def finished(self, arn):
        return finished(self.sfn, arn)

    def output(self, *arguments, **fields):
        run = self.run(*arguments, **fields)
        assert run["status"] == "SUCCEEDED", run
        return json.loads(run["output"])

    def types(self, run):
        events = self.sfn.get_execution_history(executionArn=run["executionArn"])["events"]
        return [event["type"] for event in events]

    def map_run(self, run):
        (listed,) = self.sfn.list_map_runs(executionArn=run["executionArn"])["mapRuns"]
        return self.sfn.describe_map_run(mapRunArn=listed["mapRunArn"])


@pytest.fixture(scope="module")
def aws():
    with launch(leaps=True) as endpoint:
        yield Aws(endpoint)


def reader(key, **config):
    return {"Resource": GET, "ReaderConfig": config, "Arguments": {"Bucket": "things", "Key": key}}


@pytest.mark.parametrize(
    ("config", "items"),
    [
        (reader("in/array.json", InputType="JSON"), [{"n": 1}, {"n": 2}]),
        (reader("in/array.json", InputType="JSON", MaxItems=1), [{"n": 1}]),
        (reader("in/inner.json", InputType="JSON", ItemsPointer="/a/list"), [1, 2, 3]),
        (reader("in/lines.jsonl", InputType="JSONL"), [{"n": 1}, {"n": 2}]),
        (
            reader("in/table.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
            [{"id": "1", "name": "a"}, {"id": "2", "name": ""}],
        ),
        (
            reader("in/pipes.csv", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["a"], CSVDelimiter="PIPE"),
            [{"a": "1"}],
        ),
        (
            reader("inventory/manifest.json", InputType="MANIFEST"),
            [{"Bucket": "things", "Key": "in/array.json", "Size": "20"}],
        ),
    ],
)
def test_items_are_read_from_an_object(aws, config, items):
    assert aws.output(ItemReader=config) == items


def test_items_are_the_objects_of_a_bucket(aws):
    arguments = {"Bucket": "things", "Prefix": "listed/"}
    found = aws.output(ItemReader={"Resource": LIST, "Arguments": arguments})
    assert [(item["Key"], item["Size"]) for item in found] == [("listed/one", 1), ("listed/two", 2)]
    assert isinstance(found[0]["LastModified"], int)


def test_reader_that_fails_is_caught_by_its_name(aws):
    run = aws.run(ItemReader=reader("in/none.json", InputType="JSON"))
    assert (run["status"], run["error"]) == ("FAILED", "States.ItemReaderFailed")


@pytest.mark.parametrize("kind", ["EXPRESS", "STANDARD"])
def test_each_item_is_an_execution_of_its_own(aws, kind):
    states = {"I": {"Type": "Pass", "Output": "{% $states.context.Execution.Id %}", "End": True}}
    selector = {"i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}"}
    run = aws.run(states, ["a", "b"], kind, ItemSelector=selector)
    arns = json.loads(run["output"])
    infix = {"EXPRESS": ":express:", "STANDARD": ":execution:"}[kind]
    stem = run["stateMachineArn"].replace(":stateMachine:", infix) + "/Each:"
    assert len(set(arns)) == 2
    assert all(arn.startswith(stem) for arn in arns)
    described = aws.map_run(run)
    assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 2)
    assert described["executionCounts"]["total"] == 2
    if kind == "STANDARD":
        children = aws.sfn.list_executions(mapRunArn=described["mapRunArn"])["executions"]
        assert {child["executionArn"] for child in children} == set(arns)
        child = aws.sfn.describe_execution(executionArn=arns[0])
        assert json.loads(child["input"]) == {"i": 0, "v": "a"}
        assert child["mapRunArn"] == described["mapRunArn"]
        machine = aws.sfn.describe_state_machine_for_execution(executionArn=child["executionArn"])
        assert (machine["mapRunArn"], machine["label"]) == (child["mapRunArn"], child["stateMachineArn"].split("/")[1])
        redriven = aws.sfn.list_executions(mapRunArn=described["mapRunArn"], redriveFilter="REDRIVEN")
        assert not redriven["executions"]
    assert aws.types(run) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize("kind", ["EXPRESS", "STANDARD"])
def test_redrive_goes_on_with_the_items_that_did_not_succeed(aws, kind):
    """The second item of four is there only later, and the fourth had no execution before."""
    arguments = {"Bucket": "things", "Key": "{% $states.input %}"}
    read = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:headObject", "Arguments": arguments, "Next": "I"}
    one = {"Type": "Pass", "Output": "{% $states.context.Execution.Id %}", "End": True}
    late = f"late/{kind}"
    run = aws.run({"R": read, "I": one}, ["listed/one", late, "listed/one", "listed/two"], kind, MaxConcurrency=1)
    assert (run["status"], run["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    failed = aws.map_run(run)
    assert (failed["status"], failed["redriveCount"]) == ("FAILED", 0)
    assert [failed["itemCounts"][name] for name in ("succeeded", "failed", "pending")] == [1, 1, 2]
    aws.s3.put_object(Bucket="things", Key=late, Body=b"1")
    aws.sfn.redrive_execution(executionArn=run["executionArn"])
    arns = json.loads(aws.finished(run["executionArn"])["output"])
    assert len(set(arns)) == 4
    again = aws.map_run(run)
    assert (again["mapRunArn"], again["status"], again["redriveCount"]) == (failed["mapRunArn"], "SUCCEEDED", 1)
    assert (again["itemCounts"]["succeeded"], again["executionCounts"]["total"]) == (4, 4)
    events = aws.sfn.get_execution_history(executionArn=run["executionArn"])["events"]
    (redriven,) = [event["mapRunRedrivenEventDetails"] for event in events if event["type"] == "MapRunRedriven"]
    assert redriven == {"mapRunArn": failed["mapRunArn"], "redriveCount": 1}
    if kind == "STANDARD":  # the same execution as before
        listed = aws.sfn.list_executions(mapRunArn=failed["mapRunArn"], redriveFilter="REDRIVEN")["executions"]
        assert [execution["executionArn"] for execution in listed] == [arns[1]]


def test_items_come_in_batches(aws):
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"all": "{% $count($states.input) %}"}}
    assert aws.output(value=[1, 2, 3], ItemBatcher=batcher) == [
        {"BatchInput": {"all": 3}, "Items": [1, 2]},
        {"BatchInput": {"all": 3}, "Items": [3]},
    ]


FAILS_AT_2 = {
    "I": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}], "Default": "P"},
    "F": {"Type": "Fail", "Error": "Mine"},
    "P": {"Type": "Pass", "End": True},
}


@pytest.mark.parametrize(
    ("tolerated", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 34}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 33}, "FAILED"),
    ],
)
def test_failures_are_tolerated_up_to_a_threshold(aws, tolerated, status):
    run = aws.run(FAILS_AT_2, [1, 2, 3], MaxConcurrency=1, **tolerated)
    assert run["status"] == status
    if status == "FAILED":
        assert run["error"] == "States.ExceedToleratedFailureThreshold"
        assert aws.types(run)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    else:
        assert json.loads(run["output"]) == [1, 3]
        assert aws.map_run(run)["itemCounts"]["failed"] == 1


def test_results_are_written(aws):
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "things", "Prefix": "out"}}
    written = aws.output(FAILS_AT_2, [1, 2, 3], ToleratedFailureCount=1, ResultWriter=writer)
    details = written["ResultWriterDetails"]
    assert details["Bucket"] == "things"

    def read(key):
        return json.load(aws.s3.get_object(Bucket="things", Key=key)["Body"])

    manifest = read(details["Key"])
    assert manifest["MapRunArn"] == written["MapRunArn"]
    (succeeded,), (failed,) = manifest["ResultFiles"]["SUCCEEDED"], manifest["ResultFiles"]["FAILED"]
    assert sorted(result["Output"] for result in read(succeeded["Key"])) == ["1", "3"]
    assert [(result["Status"], result["Error"]) for result in read(failed["Key"])] == [("FAILED", "Mine")]


def test_a_map_run_can_be_changed(aws):
    described = aws.map_run(aws.run(value=[1]))
    aws.sfn.update_map_run(mapRunArn=described["mapRunArn"], maxConcurrency=7, toleratedFailureCount=2)
    changed = aws.sfn.describe_map_run(mapRunArn=described["mapRunArn"])
    assert (changed["maxConcurrency"], changed["toleratedFailureCount"]) == (7, 2)
