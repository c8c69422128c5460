"""Errors that AWS returns."""

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An error of a service, by its code: moto finds its status in the service's model.

    moto treats a plain ServiceException as one of a service named "core".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
