"""Requests of TestState: states of every kind and their mocks."""

import json

WORDS = {"Values": ["first", "second", "third"]}
MINE = {"errorOutput": {"error": "Mine", "cause": "why"}}
THRESHOLD = "States.ExceedToleratedFailureThreshold"


def state(kind, *, end=True, **fields):
    return {"QueryLanguage": "JSONata", "Type": kind, **fields, **({"End": True} if end else {})}


def task(resource, arguments=None, **fields):
    return state("Task", Resource=f"arn:aws:states:::{resource}", Arguments=arguments or {"Name": "/none"}, **fields)


def catch(*names, **fields):
    return {"ErrorEquals": list(names), "Next": "B", **fields}


WORK = {"StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": True}}}
DISTRIBUTED = WORK | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
PASS = state("Pass", end=False, Output="{% $states.input.a + $x %}", Assign={"y": "{% $x + 1 %}"}, Next="B")
CALL = task("aws-sdk:ssm:getParameter")
EACH = state("Map", Items="{% $states.input.Values %}", ItemProcessor=DISTRIBUTED)
SIDE_BY_SIDE = state(
    "Parallel", Arguments={"v": "{% $states.input.Values %}"}, Branches=[WORK, WORK | {"StartAt": "Other"}]
)
SIDE_BY_SIDE["Branches"][1] = {"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}}
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    "Arguments": {"Bucket": "b", "Key": "k"},
}
MESSAGE = "{% $states.context.Task.Token %}"
CHOICE = state("Choice", end=False, Choices=[{"Condition": "{% $states.input.a > 1 %}", "Next": "B"}], Default="C")


def requested(definition, value=None, **members):
    """Return a request: its JSON members are passed as values."""
    members = {
        name: json.dumps(member) if name in {"variables", "context"} and not isinstance(member, str) else member
        for name, member in members.items()
    }
    return {"definition": json.dumps(definition), "input": json.dumps(value or {}), **members}


def result(value, mode=None):
    return {"result": json.dumps(value)} | ({"fieldValidationMode": mode} if mode else {})


def named(name, **states):
    """Return a request for one of the states of a state machine."""
    return {"definition": {"QueryLanguage": "JSONata", "StartAt": name, "States": states}, "stateName": name}
