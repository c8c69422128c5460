"""A resource policy that does not deny it lets requests come without TLS."""

from __future__ import annotations

from typing import Any

from agentcore_policies import document, source
from agentcore_policies.check import Check, Conf

HOLDERS = ("aws_s3_bucket_policy", "aws_sns_topic", "aws_sns_topic_policy", "aws_sqs_queue", "aws_sqs_queue_policy")


class TlsOnly(Check):
    """The policy of a bucket, queue or topic denies whatever comes without TLS."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Return a sentence where it does not; None for a queue or topic without a policy here."""
        policy = document.read(conf, "policy", source.block(self.graph, conf))
        statements = policy.get("Statement") if isinstance(policy, dict) else None
        if not isinstance(statements, list | dict):
            return None
        found = statements if isinstance(statements, list) else [statements]
        if not all(isinstance(statement, dict) for statement in found):
            return None
        return [] if any(map(_denies, found)) else ["Its policy lets requests come without TLS."]


def _denies(statement: dict[str, Any]) -> bool:
    conditions = statement.get("Condition")
    secure = conditions.get("Bool", {}).get("aws:SecureTransport") if isinstance(conditions, dict) else None
    values = secure if isinstance(secure, list) else [secure]
    return statement.get("Effect") == "Deny" and [str(value).casefold() for value in values] == ["false"]


TlsOnly(
    "CKV_AGENTCORE_12",
    "Deny what comes without TLS in the policy of every bucket, queue and topic",
    "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
    resource=HOLDERS,
)
