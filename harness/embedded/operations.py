"""What moto lacks, and its defects, are returned as errors of AWS's form; moto sends an HTML page, which SDKs retry.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

import json
import logging
from functools import partial, wraps
from typing import Any

from flask import Flask, request
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import create_backend_app

from harness.embedded.errors import AwsError

_LOG = logging.getLogger(__name__)


def install() -> None:
    """Return an error for operations that do not exist here, and for exceptions that nobody handled."""
    call_action = BaseResponse.call_action

    @wraps(call_action)
    def safe_call_action(response: BaseResponse) -> TYPE_RESPONSE:
        try:
            return call_action(response)
        except NotImplementedError:
            status, error = 400, _unknown_operation(response)
        except OSError:  # a connection that is to fail
            raise
        except Exception as defect:
            _LOG.exception("%s failed.", response._get_action())
            status, error = 500, AwsError("InternalFailure", describe(defect))
        _, headers, body = refused(response, error)
        return status, {**headers, "status": str(status)}, body

    BaseResponse.call_action = safe_call_action


def refused(response: BaseResponse, error: AwsError) -> TYPE_RESPONSE:
    """Return status, headers and body of an error as the service's protocol writes it."""
    status, headers, body = response.serialized(ActionResult(error))
    headers, body = response._enrich_response(headers, body)
    return status, headers, body


def create_app(service: Any) -> Flask:
    """Create moto's application for a service; a path that it does not know is an operation that it does not know."""
    app = create_backend_app(service)
    app.debug = False  # else each request gets classes of its own, which hold its body in a cycle
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_error_handler(404, partial(_unknown_path, service))
    return app


def _unknown_path(service: str, _: Exception) -> tuple[str, int, dict[str, str]]:
    message = f"The embedded AWS does not implement the operation {request.method} {request.path} of {service}."
    body = json.dumps({"__type": "UnknownOperationException", "message": message})
    return body, 404, {"Content-Type": "application/json", "x-amzn-ErrorType": "UnknownOperationException"}


def describe(defect: Exception) -> str:
    """Return the message of an error that says what went wrong inside the embedded AWS."""
    return f"The embedded AWS failed by a defect: {type(defect).__name__}: {str(defect)[:500]}"


def internal_failure(defect: Exception) -> tuple[int, str]:
    """Return status and JSON body of the response to a request that failed before its service was known."""
    return 500, json.dumps({"__type": "InternalFailure", "message": describe(defect)})


def _unknown_operation(response: BaseResponse) -> AwsError:
    model: Any = get_service_model(response.boto3_service_name)
    code = "UnknownOperationException" if "json" in model.protocol else "InvalidAction"
    action = response._get_action()
    return AwsError(code, f"The embedded AWS does not implement the operation {action} of {model.service_id}.")
