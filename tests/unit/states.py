"""An embedded AWS with a role and a log group, and state machines for the tests of Step Functions."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.roles import make_role
from tests.waiting import finished, until

ROLE = "arn:aws:iam::123456789012:role/machine"
GROUP = "/aws/vendedlogs/states/test"
GROUP_ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
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
        make_role(endpoint, "machine", "states")
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
        return finished(self.sfn, arn)

    def events(self, execution_arn, least=1):
        """Read an execution's log events, once there are enough of them."""

        def logged():
            found = self.logs.filter_log_events(logGroupName=GROUP)["events"]
            messages = [json.loads(event["message"]) for event in found]
            return [message for message in messages if message["execution_arn"] == execution_arn]

        until(lambda: len(logged()) >= least)
        return logged()


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]
