"""SQS refuses a message without a text, and another visibility of one that is back in the queue; moto does neither."""

from functools import wraps
from typing import Any

from moto.sqs.models import SQSBackend

from harness.embedded.errors import AwsError


def install() -> None:
    """Refuse an empty message, and what comes too late: another consumer may have the message by now.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    change, send = SQSBackend.change_message_visibility, SQSBackend.send_message

    @wraps(send)
    def send_message(backend: SQSBackend, queue_name: str, message_body: str, *args: Any, **kwargs: Any) -> Any:
        if not message_body:
            raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
        return send(backend, queue_name, message_body, *args, **kwargs)

    @wraps(change)
    def change_message_visibility(
        backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        messages = [each for each in backend.get_queue(queue_name)._messages if each.had_receipt_handle(receipt_handle)]
        if any(message.visible for message in messages):
            raise AwsError("MessageNotInflight", "The specified message isn't in flight.")
        change(backend, queue_name, receipt_handle, visibility_timeout)

    SQSBackend.change_message_visibility, SQSBackend.send_message = change_message_visibility, send_message
