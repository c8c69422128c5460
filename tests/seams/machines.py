"""State machines for the probes, and how long these wait."""

import json

from tests.waiting import finished, until

ROLE = "arn:aws:iam::123456789012:role/seams"
DONE = {"Done": {"Type": "Pass", "End": True}}
LIMIT = {"seconds": 600, "rounds": 5}  # on a busy machine things take their time


def make_machine(aws, name, states, kind, **more):
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    arguments = {"name": name, "definition": json.dumps(definition), "roleArn": ROLE, "type": kind, **more}
    return aws.client("stepfunctions").create_state_machine(**arguments)["stateMachineArn"]


def run(aws, machine, value):
    """Run a Standard state machine and describe the execution when it is over."""
    client = aws.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(value))["executionArn"]
    return finished(client, execution, LIMIT["seconds"])


def wait_for(condition):
    return until(condition, LIMIT["seconds"])
