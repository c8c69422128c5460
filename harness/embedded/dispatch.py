"""The way from a request to an operation of moto and back, with what moto finds out anew for each found once."""

import string
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from botocore.model import Shape
from moto.core import responses, routing
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.request import Request
from moto.core.serialize import AttributePickerContext, ResponseSerializer
from moto.core.utils import method_names_from_class
from moto.moto_api._internal import mock_random
from werkzeug.routing import Map, MapAdapter, Rule

_KEPT = 4096  # paths, and members of responses

_account_backend_anew = BackendDict.__getitem__
_action_anew = responses.BaseResponse._get_action_from_method_and_request_uri
_rule_anew = routing._match_path
_value_anew = ResponseSerializer.get_value


def install() -> None:
    """Find each of these once."""
    BackendDict.__getitem__ = _account_backend
    ResponseSerializer.get_value = _value
    mock_random.get_random_string = _random_string
    responses.BaseResponse._get_action_from_method_and_request_uri = _action
    responses.method_names_from_class = cache(method_names_from_class)
    routing._match_path = _rule


def _random_string(length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
    """Draw all characters at once: each response has an id of 52."""
    drawn = "".join(mock_random.choices(string.ascii_letters + string.digits * include_digits, k=length))
    return drawn.lower() if lower_case else drawn


def _account_backend(backends: BackendDict, account: str) -> AccountSpecificBackend:
    """Return an account's backend without a lock, once it is there."""
    found = backends.get(account)
    return _account_backend_anew(backends, account) if found is None else found


def _action(response: responses.BaseResponse, request: Request) -> str | None:
    """Match a path with those of the operations once, however often moto asks which operation is called."""
    known = response.__dict__.get("matched")
    if known is None or known[0] is not request:
        action = _action_anew(response, request)
        known = response.matched = (request, action, response.uri_match)
    _, action, response.uri_match = known
    return action


def _rule(matcher: MapAdapter, path: str, method: str) -> tuple[Rule, Mapping[str, Any]]:
    """Match a path once, whatever the host: no rule of moto's names one."""
    return _known_rule(matcher.map, path, method)


@lru_cache(maxsize=_KEPT)
def _known_rule(rules: Map, path: str, method: str) -> tuple[Rule, Mapping[str, Any]]:
    return _rule_anew(rules.bind(""), path, method)


def _value(serializer: ResponseSerializer, value: Any, key: str, shape: Shape) -> Any:
    """Return a member of a response; under which names a dictionary may have it, is known by the member alone."""
    picker = serializer._value_picker
    if type(value) is dict and getattr(picker, "response_transformers", None) == {}:
        for name in _names(type(picker), tuple(picker.alias_providers), key, shape):
            if name in value:
                return value[name]
        return None
    return _value_anew(serializer, value, key, shape)


@lru_cache(maxsize=_KEPT)
def _names(kind: type, providers: tuple[type, ...], key: str, shape: Shape) -> tuple[str, ...]:
    return tuple(kind(list(providers)).get_possible_keys(AttributePickerContext(obj={}, key=key, shape=shape)))
