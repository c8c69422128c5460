"""A bucket's name is free as soon as the bucket is deleted: whoever takes it next is read and written to."""

from __future__ import annotations

import re

from agentcore_policies.machine import Call, CallCheck


class BucketOwner(CallCheck):
    """Every call of S3 that names a bucket says whose it is."""

    called = re.compile(r".*:states:::aws-sdk:s3:(?!createBucket\b)\w+(?:\.waitForTaskToken)?")

    def problem(self, call: Call) -> str | None:
        """Return a sentence where it does not; a call of which no bucket is seen may name it elsewhere."""
        arguments = call.state.get("Arguments", call.state.get("Parameters"))
        text = arguments if isinstance(arguments, str) else " ".join(arguments or ())
        if "ExpectedBucketOwner" in text:
            return ""
        return f"{call.name} does not say whose bucket it calls." if re.search(r"\bBucket\b", text) else None


BucketOwner(
    "CKV_AGENTCORE_11",
    "Name the owner of every bucket that a state machine calls: ExpectedBucketOwner",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
)
