"""An embedded AWS with a role and a log group, and state machines for the tests of Step Functions."""

import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/machine"
GROUP = "/aws/vendedlogs/states/test"
GROUP_ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
RIGHTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SPEED = 200


def definition(**states):
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})


ECHO = definition(Echo={"Type": "Pass", "Output": {"got": "{% $states.input %}"}, "End": True})
FAIL = definition(Fail={"Type": "Fail", "Error": "Mine", "Cause": "why"})
SLOW = definition(Slow={"Type": "Wait", "Seconds": 100_000, "End": True})
READ = definition(
    Read={
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameters",
        "Arguments": {"Names": ["/a"]},
        "Output": "{% $states.result.InvalidParameters %}",
        "Assign": {"v": 1},
        "End": True,
    }
)


class Aws:
    """An embedded AWS with a role and a log group in it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.sfn = endpoint.client("stepfunctions")
        self.logs = endpoint.client("logs")
        self.iam = endpoint.client("iam")
        self.iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.put_role_policy(RoleName="machine", PolicyName="all", PolicyDocument=json.dumps(RIGHTS))
        self.logs.create_log_group(logGroupName=GROUP)

    def machine(self, text=ECHO, type_="EXPRESS", level="OFF", data=True, **more):
        logging = {"level": level, "includeExecutionData": data}
        if level != "OFF":
            logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP_ARN}}]
        name = f"m-{uuid.uuid4()}"
        response = self.sfn.create_state_machine(
            name=name, type=type_, definition=text, roleArn=ROLE, loggingConfiguration=logging, **more
        )
        return response["stateMachineArn"]

    def sync(self, arn, value=None, **more):
        return self.sfn.start_sync_execution(stateMachineArn=arn, input=json.dumps(value), **more)

    def finished(self, arn):
        """Wait for a STANDARD execution and describe it."""
        deadline = time.monotonic() + 600
        while (response := self.sfn.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.01)
        return response

    def events(self, execution_arn, least=1):
        """Read an execution's log events, once there are enough of them."""
        deadline = time.monotonic() + 600
        while True:
            found = self.logs.filter_log_events(logGroupName=GROUP)["events"]
            messages = [json.loads(event["message"]) for event in found]
            if len(mine := [m for m in messages if m["execution_arn"] == execution_arn]) >= least:
                return mine
            assert time.monotonic() < deadline, f"only {len(mine)} events"


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
