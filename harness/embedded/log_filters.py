"""CloudWatch Logs filters events by patterns; moto knows words and one phrase, and returns every event for another.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import functools
import inspect
import json
import operator
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.logs import models
from moto.logs.models import LogsBackend

from harness.embedded.errors import AwsError
from harness.embedded.json_values import is_finite, select

_Test = Callable[[Any], bool]  # of an event's text, or of the JSON in it

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)+)"|(\w+))(?=\s|$)')
_TOKEN = re.compile(
    r"\s*(?:(?P<selector>\$(?:\.[\w-]+|\[\d+\])+)|(?P<sign>&&|\|\||[()]|!=|<=|>=|[=<>])"
    r'|"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"&|()=!<>{}%]+))'
)
_ORDER = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def install() -> None:
    """Filter by patterns of terms and of JSON, and refuse what cannot be done."""
    filtered = LogsBackend.filter_log_events

    @wraps(filtered)
    def filter_log_events(backend: LogsBackend, *args: Any, **kwargs: Any) -> Any:
        arguments = inspect.signature(filtered).bind(backend, *args, **kwargs).arguments
        parse(arguments["filter_pattern"])  # refused at once: there may be no event yet
        return filtered(backend, *args, **kwargs)

    LogsBackend.filter_log_events = filter_log_events
    models.EventMessageFilter = _Filter


class _Filter:
    """Stands in for moto's class of this interface."""

    def __init__(self, pattern: str | None) -> None:
        self.matches = parse(pattern)


@functools.lru_cache
def parse(pattern: str | None) -> _Test:
    """Return the test that says whether a pattern matches an event's text. Raises AwsError."""
    text = (pattern or "").strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise _refused("If a filter pattern starts with '{' it must end with '}'.")
        return _Json(text[1:-1]).test()
    if text.startswith(("[", "%")):
        raise _refused(f"The embedded AWS filters by terms and by JSON, and cannot by {text!r}.")
    return _terms(text)


def _terms(text: str) -> _Test:
    """Every plain term must be there, none with `-`, and one of those with `?`."""
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if not match:
            raise _refused(f"Invalid character(s) in term {text[position:].split()[0]!r}: put it in double quotes.")
        terms[match[1]].append(match[3] or _unescaped(match[2]))
        position = match.end()
    needed, excluded, optional = terms.values()
    if optional and (needed or excluded):
        raise _refused("Terms with ? cannot be combined with others here.")

    def matches(message: str) -> bool:
        has = message.__contains__
        return all(map(has, needed)) and not any(map(has, excluded)) and (not optional or any(map(has, optional)))

    return matches


class _Json:
    """Reads the inside of `{ … }`: comparisons, joined by `&&`, `||` and parentheses."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if not match:
                raise _refused(f"The embedded AWS does not understand {text[position:].strip()!r}.")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def test(self) -> _Test:
        """Return the test that says whether an event's text is JSON that fulfils it all."""
        test = self._any()
        if self._tokens:
            raise _refused(f"{self._tokens[0][1]!r} is not expected here.")

        def matches(message: str) -> bool:
            try:
                return test(json.loads(message))
            except ValueError:
                return False

        return matches

    def _any(self) -> _Test:
        return self._joined("||", any, self._all)

    def _all(self) -> _Test:
        return self._joined("&&", all, self._single)

    def _joined(self, sign: str, join: Callable[..., bool], part: Callable[[], _Test]) -> _Test:
        parts = [part()]
        while self._tokens[:1] == [("sign", sign)]:
            self._tokens.pop(0)
            parts.append(part())
        return lambda event: join(test(event) for test in parts)

    def _single(self) -> _Test:
        kind, text = self._next()
        if (kind, text) == ("sign", "("):
            test = self._any()
            if self._next() != ("sign", ")"):
                raise _refused("A parenthesis is not closed.")
            return test
        if kind != "selector":
            raise _refused(f"{text!r} is not a property such as $.type.")
        sign, value = self._next(), self._next()
        return _comparison(text, *sign, *value)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise _refused("It ends too early.")
        return self._tokens.pop(0)


def _comparison(selector: str, sign_kind: str, sign: str, kind: str, text: str) -> _Test:
    """Return the test of one property; one that is not there, or is an object or a list, never matches."""
    if sign_kind != "sign" or sign not in {"=", "!=", *_ORDER} or kind not in {"word", "phrase"}:
        raise _refused(f"The embedded AWS cannot evaluate {selector} {sign} {text}: it compares with = and the like.")
    if kind == "word" and _NUMBER.fullmatch(text):
        number = float(text)
        compare = {"=": operator.eq, "!=": operator.ne, **_ORDER}[sign]
        return lambda event: is_finite(found := select(event, selector)) and compare(found, number)
    if sign in _ORDER:
        raise _refused(f"{sign} compares with a number only, not with {text!r}.")
    plain = text if kind == "word" else _unescaped(text)
    expected = re.compile(".*".join(map(re.escape, plain.split("*"))), re.DOTALL)

    def matches(event: Any) -> bool:
        found = select(event, selector)
        return isinstance(found, str) and bool(expected.fullmatch(found)) == (sign == "=")

    return matches


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _refused(why: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid filter pattern: {why}")
