"""What optimized integrations add to a service's API: they still speak as AWS's SDK for Java 1 does.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import dumps

_FAILED_ENTRY = (
    "EventBridge.FailedEntry"  # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
)


@dataclass(frozen=True)
class Optimized:
    """An integration: botocore's name of the service, the prefix of its error names, the service's name in causes."""

    service: str
    prefix: str
    java: str

    @property
    def general(self) -> str:
        """Return the name, behind the prefix, of an error that the service's model does not know."""
        return f"{self.java.removesuffix('v2')}Exception"


OPTIMIZED = {
    "dynamodb": Optimized("dynamodb", "DynamoDB", "AmazonDynamoDBv2"),
    "events": Optimized("events", "EventBridge", "AmazonCloudWatchEvents"),
    "lambda": Optimized("lambda", "Lambda", "AWSLambda"),
    "sns": Optimized("sns", "SNS", "AmazonSNS"),
    "sqs": Optimized("sqs", "SQS", "AmazonSQS"),
    "states": Optimized("stepfunctions", "StepFunctions", "AWSStepFunctions"),
}


def metadata(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a result has beside those of the API, of botocore's response."""
    received = response["ResponseMetadata"]
    headers = dict(received["HTTPHeaders"])
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": received["HTTPStatusCode"],
        },
        "SdkResponseMetadata": {"RequestId": received.get("RequestId") or headers.get("x-amzn-requestid", "")},
    }


def events_of(parameters: dict[str, Any], started_by: tuple[str, ...]) -> dict[str, Any]:
    """Add the ARNs of the state machine and the execution to the resources of each event of `events:putEvents`."""
    entries = [
        {**entry, "Resources": [*entry.get("Resources", ()), *started_by]} for entry in parameters.get("Entries", ())
    ]
    return {**parameters, "Entries": entries}


def check_entries(result: Mapping[str, Any]) -> None:
    """Raise StateError where EventBridge did not accept all events."""
    if result.get("FailedEntryCount"):
        raise StateError(_FAILED_ENTRY, dumps(result))
