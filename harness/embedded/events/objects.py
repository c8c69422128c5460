"""The events of created and deleted objects, which a bucket sends to EventBridge once that is switched on for it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
moto sends them with the same id, sequencer and caller each, to every bus, does not know delete markers, fails to delete
them where versioning is suspended, and does not describe the switch.
"""

import itertools
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend
from moto.s3.responses import S3Response

from harness.embedded.clock import CLOCK

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}
_EMPTY = "d41d8cd98f00b204e9800998ecf8427e"  # the ETag of a delete marker
_ORDER = itertools.count()

Publish = Callable[[str, str, dict[str, Any]], None]  # account, region, the event without its id


def install(publish: Publish) -> None:
    """Publish an event for every object that is created or deleted, and describe whether a bucket sends them."""
    delete, describe = S3Backend.delete_object, S3Response.get_bucket_notification
    FakeDeleteMarker.dispose = lambda _: None  # a marker has no content of which moto could dispose

    def created(account: str, bucket: FakeBucket, event_name: str, key: FakeKey) -> None:
        name = str(getattr(event_name, "value", event_name))
        if name.endswith(":Put") and key.multipart:  # moto puts the object, and then completes the upload
            return
        if reason := _REASONS.get(name):
            described = {"key": key.name, "size": key.size, "etag": key.etag.replace('"', "")}
            _publish(
                publish, account, bucket, "Object Created", {"object": described, "reason": reason}, key.version_id
            )

    @wraps(delete)
    def delete_object(
        backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        bucket = backend.get_bucket(bucket_name)
        versions = list(bucket.keys.getlist(key_name) or [])
        result = delete(backend, bucket_name, key_name, version_id, bypass)
        marks = bucket.is_versioned and version_id is None
        gone = [key for key in versions if version_id is None or str(key.version_id) == str(version_id)]
        if _sends(bucket) and result[0] and (marks or gone):
            etag = _EMPTY if marks else getattr(gone[-1], "etag", _EMPTY).replace('"', "")
            kind = "Delete Marker Created" if marks else "Permanently Deleted"
            detail = {"object": {"key": key_name, "etag": etag}, "reason": "DeleteObject", "deletion-type": kind}
            deleted = result[1].get("version-id", version_id)
            _publish(publish, backend.account_id, bucket, "Object Deleted", detail, deleted)
        return result

    @wraps(describe)
    def get_bucket_notification(response: S3Response) -> Any:
        if _sends(response.backend.get_bucket(response.bucket_name)):
            serialize = response.serialized

            def with_switch(result: ActionResult) -> Any:
                result.result["EventBridgeConfiguration"] = {}
                return serialize(result)

            response.serialized = with_switch
        return describe(response)

    S3Response.get_bucket_notification = get_bucket_notification
    notifications._send_event_bridge_message = created
    S3Backend.delete_object = delete_object


def _sends(bucket: FakeBucket) -> bool:
    configuration = bucket.notification_configuration
    return configuration is not None and configuration.event_bridge is not None


def _publish(
    publish: Publish, account: str, bucket: FakeBucket, kind: str, detail: dict[str, Any], version: str | None
) -> None:
    described = detail["object"]
    if bucket.is_versioned and version:
        described["version-id"] = version
    # Sequencers of one key, compared as texts, say which event is the later one.
    described["sequencer"] = f"{int(CLOCK.now() * 1000):012X}{next(_ORDER):08X}"
    event = {
        "detail-type": kind,
        "source": "aws.s3",
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": account,
            "source-ip-address": "127.0.0.1",
            **detail,
        },
    }
    publish(account, bucket.region_name, event)
