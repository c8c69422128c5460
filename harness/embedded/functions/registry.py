"""The stand-in of a Lambda function: a Python function, or an HTTP address that is called in its place."""

import importlib
import importlib.util
import json
import sys
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import urllib3

from harness.embedded.account import ACCOUNT, REGION
from harness.embedded.clock import CLOCK
from harness.embedded.functions import names
from harness.embedded.stand_ins import LONGEST_SECONDS, POOL

_FORM = '{"python": "module:function"}, {"python": "/directory/file.py:function"} or {"url": "http://localhost:9000"}'
ERROR_HEADER = "X-Amz-Function-Error"


class Unreachable(Exception):  # noqa: N818 - of an address, not a mistake of ours
    """Nothing responds at the address of a function's stand-in."""


@dataclass(frozen=True)
class Context:
    """The second argument of a Python function: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    function_name: str
    aws_request_id: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = ""
    log_stream_name: str = ""
    begun: float = field(default_factory=lambda: CLOCK.now())

    @property
    def invoked_function_arn(self) -> str:
        """Return the function's ARN."""
        return names.arn(self.function_name, None, ACCOUNT, REGION)

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds of virtual time until AWS would end the longest function."""
        return int((self.begun + LONGEST_SECONDS - CLOCK.now()) * 1000)


@dataclass(frozen=True)
class Outcome:
    """What an invocation results in: JSON, which describes an error where the function failed."""

    payload: Any
    is_error: bool = False


Handler = Callable[[Any, Context], Outcome]


@dataclass
class Invocation:
    """One invocation of a function."""

    payload: Any
    request_id: str
    time: float  # virtual, epoch seconds
    result: Any = None
    error: Any = None  # in place of a result: errorType, errorMessage and what else describes it


@dataclass
class Function:
    """A registered function: its stand-in, and its invocations."""

    name: str
    source: Mapping[str, str]
    handler: Handler
    invocations: list[Invocation] = field(default_factory=list)

    def invoke(self, payload: Any, request_id: str) -> Outcome:
        """Run the function's stand-in. Raises Unreachable."""
        invocation = Invocation(payload, request_id, CLOCK.now())
        self.invocations.append(invocation)
        outcome = self.handler(payload, Context(self.name, request_id))
        if outcome.is_error:
            invocation.error = outcome.payload
        else:
            invocation.result = outcome.payload
        return outcome

    def describe(self) -> list[dict[str, Any]]:
        """Return the invocations as JSON."""
        return [asdict(invocation) for invocation in list(self.invocations)]


class Functions:
    """The registered functions by name."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    def put(self, name: str, source: Any) -> None:
        """Register a function's stand-in. Raises ValueError with a sentence."""
        if names.split(name) != (name, None):
            raise ValueError(f"Register a function by its name alone, not as '{name}'.")
        match source:
            case {"python": str() as place} if len(source) == 1:
                handler = _python(place)
            case {"url": str() as url} if len(source) == 1 and url.startswith(("http://", "https://")):
                handler = _http(url)
            case _:
                raise ValueError(f"Name the stand-in of the function {name}: {_FORM}.")
        self._functions[name] = Function(name, dict(source), handler)

    def get(self, name: str) -> Function | None:
        """Return a function, None where none is registered under the name."""
        return self._functions.get(name)

    def named(self, name: str) -> Function:
        """Return a function. Raises ValueError with a sentence."""
        if name not in self._functions:
            raise ValueError(f"No function is registered as {name}: there is {', '.join(self._functions) or 'none'}.")
        return self._functions[name]

    def remove(self, name: str) -> None:
        """Forget a function. Raises ValueError with a sentence."""
        del self._functions[self.named(name).name]

    def listed(self) -> dict[str, Mapping[str, str]]:
        """Return the stand-in of each function."""
        return {name: function.source for name, function in self._functions.items()}


FUNCTIONS = Functions()


def _python(place: str) -> Handler:
    module, _, name = place.rpartition(":")
    function = getattr(_module(module), name, None)
    if not callable(function):
        raise ValueError(f"{module or place} has no function named {name}: write module:function.")

    def handler(payload: Any, context: Context) -> Outcome:
        try:
            result = function(payload, context)
        except Exception as error:  # whatever it raises is the function's failure
            return _failure(context, type(error).__name__, str(error), traceback.format_tb(error.__traceback__)[1:])
        try:
            return Outcome(json.loads(json.dumps(result)))
        except (TypeError, ValueError) as error:
            return _failure(context, "Runtime.MarshalError", f"Unable to marshal response: {error}", [])

    return handler


def _module(name: str) -> ModuleType:
    try:
        if not name.endswith(".py"):
            return importlib.import_module(name)
        file = Path(name)
        if not file.is_absolute():
            raise ValueError(f"Name the file of a function from the root on, not as {name}.")
        if str(file.parent) not in sys.path:
            sys.path.append(str(file.parent))  # for what the file imports beside itself
        spec = importlib.util.spec_from_file_location(f"{file.stem}_{uuid.uuid4().hex}", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except ValueError:
        raise
    except Exception as error:  # whatever the module raises
        raise ValueError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _failure(context: Context, kind: str, message: str, trace: list[str]) -> Outcome:
    """Describe an error as Lambda does: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html."""
    described = {"errorMessage": message, "errorType": kind, "requestId": context.aws_request_id, "stackTrace": trace}
    return Outcome(described, is_error=True)


def _http(url: str) -> Handler:
    def handler(payload: Any, context: Context) -> Outcome:
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": context.aws_request_id}
        try:
            response = POOL.request("POST", url, body=json.dumps(payload), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"Nothing responds at {url}, the stand-in of {context.function_name}: {error}") from error
        try:
            result = json.loads(response.data or b"null")
        except ValueError:
            text = response.data.decode(errors="replace")
            return _failure(context, "Runtime.MarshalError", f"The response is not JSON: {text[:200]}", [])
        return Outcome(result, is_error=response.status >= 400 or ERROR_HEADER in response.headers)

    return handler
