"""SQS changes the visibility of a message in flight only; moto does so when it is back in the queue, too."""

from functools import wraps

from moto.sqs.models import SQSBackend

from harness.embedded.errors import AwsError


def install() -> None:
    """Refuse what comes too late: another consumer may have the message by now.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    change = SQSBackend.change_message_visibility

    @wraps(change)
    def change_message_visibility(
        backend: SQSBackend, queue_name: str, receipt_handle: str, visibility_timeout: int
    ) -> None:
        messages = [each for each in backend.get_queue(queue_name)._messages if each.had_receipt_handle(receipt_handle)]
        if any(message.visible for message in messages):
            raise AwsError("MessageNotInflight", "The specified message isn't in flight.")
        change(backend, queue_name, receipt_handle, visibility_timeout)

    SQSBackend.change_message_visibility = change_message_visibility
