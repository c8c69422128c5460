"""Amazon EventBridge: events of S3 and of PutEvents reach the targets of the rules whose patterns they match."""

from harness.embedded.events.operations import install

__all__ = ["install"]
