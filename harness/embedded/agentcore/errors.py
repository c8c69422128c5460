"""The errors of AgentCore's data plane, by their codes.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
"""

from typing import Any

from harness.embedded.errors import AwsError

# The messages of AWS; RuntimeClientError reports the status only.
_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime",
    "InternalServerException": "The service met an unexpected internal error.",
    "ResourceNotFoundException": "No endpoint or agent found with qualifier '{qualifier}' for agent '{arn}'",
    "RetryableConflictException": "The session is busy or is being provisioned. Retry the request.",
    "RuntimeClientError": "Received error ({status}) from runtime. Please check your CloudWatch logs.",
    "ServiceQuotaExceededException": "The account's quota for active sessions is exceeded.",
    "ThrottlingException": "Rate exceeded",
    "ValidationException": "The request does not satisfy the constraints of the service.",
}


class AgentCoreError(AwsError):
    """An error of the data plane; `details` complete AWS's message for the code."""

    def __init__(self, code: str, message: str = "", **details: Any) -> None:
        super().__init__(code, message or _MESSAGES[code].format(**details))
        if code == "ValidationException":
            self.reason = "FieldValidationFailed"
