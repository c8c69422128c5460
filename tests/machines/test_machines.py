"""State machines as AWS runs them: status, output, error and events of each file in the folders beside this one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from tests.roles import make_role
from tests.waiting import finished

HERE = Path(__file__).parent
CASES = {str(path.relative_to(HERE).with_suffix("")): path for path in sorted(HERE.glob("*/*.json"))}
ROLE = "arn:aws:iam::123456789012:role/machines"


@pytest.fixture(scope="module")
def aws():
    """An embedded AWS: role, parameter `/there`, bucket `things`, topic `news`, and an agent that takes a minute."""
    with launch(leaps=True) as endpoint:
        make_role(endpoint, "machines", "states")
        endpoint.client("ssm").put_parameter(Name="/there", Value="v", Type="String")
        endpoint.client("s3").create_bucket(Bucket="things")
        endpoint.client("sns").create_topic(Name="news")
        endpoint.admin("PUT", "/_agents/pdf-adapter", [{"reply": {}, "delay_seconds": 60}])
        yield endpoint


@pytest.mark.parametrize("name", CASES)
def test_machine(aws, name):
    case = json.loads(CASES[name].read_text())
    client = aws.client("stepfunctions")
    definition = json.dumps(case["definition"]).replace("{agent}", runtime_arn("pdf-adapter"))
    number = list(CASES).index(name)
    machine = client.create_state_machine(name=f"m{number}", definition=definition, roleArn=ROLE)["stateMachineArn"]
    arn = client.start_execution(stateMachineArn=machine, name="run", input=json.dumps(case["input"]))["executionArn"]
    run = finished(client, arn)
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    types = [event["type"] for event in events]
    assert (run["status"], run.get("error")) == (case["status"], case.get("error")), run.get("cause")
    assert case.get("output") == json.loads(run.get("output", "null"))
    assert case.get("cause", "") in run.get("cause", "")
    assert case.get("events", types) == types
    previous = [event["previousEventId"] for event in events]
    assert case.get("previous_events", previous) == previous
    counted = Counter(types)
    assert {type_: counted[type_] for type_ in case.get("events_include", ())} == case.get("events_include", {})
    if "location" in case:
        failed = next(event for event in events if event["type"] == "EvaluationFailed")
        assert failed["evaluationFailedEventDetails"]["location"] == case["location"]
