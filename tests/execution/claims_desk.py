"""The claims desk of examples/own-pipeline: its agents, and a person who confirms what it settles."""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness.embedded import Endpoint
from harness.embedded.account import REGION
from harness.embedded.policy import matches
from tests.waiting import finished, until

# What each agent returns about a claim.
CLAIMS = {
    "claims-triage": {"severity": "HIGH"},
    "liability-assessor": {"fault_percent": 20},
    "damage-assessor": {"damage": 1000},
    "settlement": {"amount": 800},
}


@dataclass(frozen=True)
class Desk:
    """The claims desk of the example, with a person who confirms what it settles."""

    aws: Endpoint
    outputs: Mapping[str, str]

    def start(self, claim):
        run_input = json.dumps({"claim_id": claim, "report": "A van reversed into my fence."})
        arn = self.outputs["claims_desk_arn"]
        return self.aws.client("stepfunctions").start_execution(stateMachineArn=arn, input=run_input)["executionArn"]

    @contextmanager
    def in_a_map(self, branch):
        """Run one branch of the desk's Parallel for each item of a list instead."""
        client, machine = self.aws.client("stepfunctions"), {"stateMachineArn": self.outputs["claims_desk_arn"]}
        applied = client.describe_state_machine(**machine)["definition"]
        definition = json.loads(applied)
        part = definition["States"]["Assess"]["Branches"][branch]
        known = {"claim": "{% $states.input %}", "severity": "HIGH"}
        item = {"Type": "Pass", "Assign": known, "Output": {}, "Next": part["StartAt"]}
        deadline = {"deadline": "{% $millis() + 250000 %}"}
        definition |= {
            "StartAt": "Begin",
            "States": {
                "Begin": {"Type": "Pass", "Assign": deadline, "Next": "Each"},
                "Each": {
                    "Type": "Map",
                    "Items": "{% $states.input %}",
                    "ItemProcessor": {"StartAt": "Item", "States": {"Item": item} | part["States"]},
                    "End": True,
                },
            },
        }
        client.update_state_machine(**machine, definition=json.dumps(definition))
        yield lambda items: client.start_execution(**machine, input=json.dumps(items))["executionArn"]
        client.update_state_machine(**machine, definition=applied)

    def finished(self, execution):
        return finished(self.aws.client("stepfunctions"), execution)

    def confirmation_request(self):
        """Take what a person is asked to confirm."""
        client, queue = self.aws.client("sqs"), {"QueueUrl": self.outputs["confirmations_queue_url"]}
        (message,) = until(lambda: client.receive_message(**queue).get("Messages"))
        client.delete_message(**queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    @contextmanager
    def doing(self, agent, *behaviours):
        """Set an agent's behaviour; yields a function that returns the calls that it received since."""
        self.aws.admin("DELETE", f"/_agents/{agent}")
        self.aws.admin("PUT", f"/_agents/{agent}", list(behaviours))
        yield lambda: self.aws.admin("GET", f"/_agents/{agent}")
        self.aws.admin("PUT", f"/_agents/{agent}", [{"reply": {"success": True, **CLAIMS[agent]}}])

    def unused(self, *statements):
        """Return each action and resource that the desk's role, or one of these statements, allows and no run used."""
        role = f"{self.outputs['claims_desk_arn'].rpartition(':')[2]}-{REGION}"
        policy = self.aws.client("iam").get_role_policy(RoleName=role, PolicyName="desk")["PolicyDocument"]
        used = [each for each in self.aws.admin("GET", "/_iam") if each["role"].rpartition("/")[2] == role]
        return {
            (action, resource)
            for statement in (*policy["Statement"], *statements)
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
            if not any(action == each["action"] and matches(resource, each["resource"]) for each in used)
        }


def _listed(value):
    return value if isinstance(value, list) else [value]
