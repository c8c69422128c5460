"""What moto does not implement is refused in AWS's form, by name: moto sends HTML and 500, which SDKs retry."""

from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from harness.embedded.errors import AwsError


def install() -> None:
    """Refuse what no service implements."""
    dispatch = BaseResponse._dispatch

    def refusing(response: BaseResponse, *request: Any) -> Any:
        try:
            return dispatch(response, *request)
        except NotImplementedError:
            operation = response._get_action()
        message = f"The embedded AWS does not implement the operation {operation} of {response.boto3_service_name}."
        return refused(response, AwsError("UnknownOperationException", message))

    BaseResponse._dispatch = refusing


def refused(response: BaseResponse, error: AwsError) -> tuple[int, dict[str, str], Any]:
    """Return an error as the service's protocol writes it."""
    status, headers, body = response.serialized(ActionResult(error))
    headers, body = response._enrich_response(headers, body)
    return status, headers, body
