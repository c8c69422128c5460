"""The order workflow, applied to an embedded AWS as the shop's Terraform has it, with stand-ins for its functions."""

import json
import time

import pytest

PRICES = {"pen": 2, "desk": 400}


class OutOfStockError(Exception):
    pass


def reserve(item, _context):
    if item["name"] == "rare":
        raise OutOfStockError("There is no rare left.")
    return {"shelf": item["name"][0]}


@pytest.fixture(scope="session")
def orders(embedded_aws, embedded_aws_clients, terraform_workspace):
    """Return what places an order and returns its execution's ARN, with all stand-ins in place."""
    embedded_aws.function("price", lambda item, _context: {"price": PRICES.get(item["name"], 1)})
    embedded_aws.function("reserve", reserve)
    embedded_aws.function("ask-for-approval", lambda *_: None)
    workspace = terraform_workspace("infra", approval_limit=500)
    workspace.apply()
    assert workspace.plan().changes == {}
    machine = workspace.output()["state_machine_arn"]

    def place(**items):
        order = {"id": "-".join(items), "items": [{"name": name, "count": count} for name, count in items.items()]}
        start = embedded_aws_clients("stepfunctions").start_execution
        return start(stateMachineArn=machine, input=json.dumps(order))["executionArn"]

    return place


@pytest.fixture
def outcome(embedded_aws_clients):
    """Return what waits for an execution and returns its output."""

    def wait(arn):
        describe = embedded_aws_clients("stepfunctions").describe_execution
        while (execution := describe(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.01)
        assert execution["status"] == "SUCCEEDED", execution
        return json.loads(execution["output"])

    return wait


def token(aws, number):
    """Wait until approval was asked for so many times, and return the last task token."""
    while len(requests := aws.invocations("ask-for-approval")) < number:
        time.sleep(0.01)
    return requests[-1]["payload"]["token"]


def test_small_order_is_placed(orders, outcome, embedded_aws_clients):
    assert outcome(orders(pen=3, ink=1)) == {"status": "PLACED", "total": 7}
    kept = embedded_aws_clients("dynamodb").get_item(TableName="orders", Key={"id": {"S": "pen-ink"}})["Item"]
    assert kept["total"] == {"N": "7"}


def test_order_of_what_is_out_of_stock_is_rejected(orders, outcome):
    assert outcome(orders(pen=1, rare=1)) == {"status": "REJECTED", "reason": "There is no rare left."}


def test_large_order_waits_for_a_person(orders, outcome, embedded_aws, embedded_aws_clients):
    before = len(embedded_aws.invocations("ask-for-approval"))
    arn = orders(desk=2)
    embedded_aws_clients("stepfunctions").send_task_success(taskToken=token(embedded_aws, before + 1), output="{}")
    assert outcome(arn) == {"status": "PLACED", "total": 800}


def test_large_order_that_nobody_approves_is_rejected_after_two_days(orders, outcome, embedded_aws):
    before = len(embedded_aws.invocations("ask-for-approval"))
    arn = orders(desk=3)
    token(embedded_aws, before + 1)
    embedded_aws.admin("PUT", "/_clock", {"skip_seconds": 172_800})
    assert outcome(arn) == {"status": "REJECTED", "reason": "States.Timeout"}


def test_throttled_function_is_called_again(orders, outcome, embedded_aws):
    embedded_aws.admin("PUT", "/_faults", {"lambda:Invoke:price": {"error": "TooManyRequestsException", "times": 2}})
    assert outcome(orders(pen=1))["status"] == "PLACED"
    waits = embedded_aws.admin("GET", "/_waits")
    assert [wait["state"] for wait in waits if wait["kind"] == "retry"] == ["Price", "Price"]
