"""The filters of a JSONPath, `[?(@.price < 10 && @.name in ['a', 'b'])]`, as Jayway's library reads them.

https://github.com/json-path/JsonPath#filter-operators
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from harness.asl.paths import bracket_end
from harness.embedded.json_values import is_number

Test = Callable[[Any, Any], bool]  # (candidate, root of the document)
Operand = Callable[[Any, Any], Any]

_ABSENT = object()
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<pattern>/(?:[^/\\]|\\.)+/[imsux]*)
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<sign>===|!==|==|!=|<=|>=|=~|<|>|&&|\|\||!|\(|\)|\[|\]|,)
      | (?P<word>[A-Za-z]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_PATH_ENDS = re.compile(r"[\s,&|=!<>)\]]")
_LITERALS = {"true": True, "false": False, "null": None}


class PathError(Exception):
    """A path finds nothing, cannot be written to, or is none; the message is Jayway's."""


class Findable(Protocol):
    """A parsed path."""

    def find(self, document: Any) -> Any:
        """Return what the path selects. Raises PathError."""


def closing(text: str, start: int) -> int:
    """Return where the bracket at `start` is closed. Raises PathError."""
    end = bracket_end(text, start)
    if end is None:
        raise PathError(f"'{text}' has a bracket that is not closed.")
    return end


def parse(text: str, parse_path: Callable[[str], Findable]) -> Test:
    """Read a filter, without its brackets. Raises PathError."""
    parser = _Parser(text, parse_path)
    test = parser.alternatives()
    if parser.peek():
        raise parser.error()
    return test


class _Parser:
    """Reads a filter from left to right."""

    def __init__(self, text: str, parse_path: Callable[[str], Findable]) -> None:
        self._text = text
        self._position = 0
        self._parse_path = parse_path

    def error(self) -> PathError:
        return PathError(f"The filter '{self._text}' is not understood from {self._text[self._position :]!r} on.")

    def peek(self) -> str:
        return self._text[self._position :].lstrip()

    def alternatives(self) -> Test:
        tests = [self._all()]
        while self._accept("||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda candidate, root: any(test(candidate, root) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda candidate, root: all(test(candidate, root) for test in tests)

    def _one(self) -> Test:
        if self._accept("!"):
            test = self._one()
            return lambda candidate, root: not test(candidate, root)
        if self._accept("("):
            test = self.alternatives()
            if not self._accept(")"):
                raise self.error()
            return test
        left = self._operand()
        found = _TOKEN.match(self._text, self._position)
        sign = found[0].strip().lower() if found and (found["sign"] or found["word"]) else ""
        if sign not in _COMPARISONS:
            return lambda candidate, root: left(candidate, root) is not _ABSENT
        self._position = found.end()
        compare, right = _COMPARISONS[sign], self._operand()
        return lambda candidate, root: compare(left(candidate, root), right(candidate, root))

    def _accept(self, sign: str) -> bool:
        if not self.peek().startswith(sign):
            return False
        self._position = self._text.index(sign, self._position) + len(sign)
        return True

    def _operand(self) -> Operand:
        rest = self.peek()
        self._position = len(self._text) - len(rest)
        if rest.startswith(("@", "$")):
            return self._path()
        if self._accept("["):
            items: list[Operand] = []
            while not self._accept("]"):
                items.append(self._operand())
                self._accept(",")
            return lambda candidate, root: [item(candidate, root) for item in items]
        token = _TOKEN.match(self._text, self._position)
        if token is None or token["sign"] or (token["word"] and token["word"] not in _LITERALS):
            raise self.error()
        self._position = token.end()
        value = _literal(token)
        return lambda *_: value

    def _path(self) -> Operand:
        start = position = self._position
        while position < len(self._text) and not _PATH_ENDS.match(self._text, position):
            if self._text[position] == "[":
                position = closing(self._text, position)
            elif self._text.startswith("()", position):
                position += 1
            position += 1
        self._position = position
        written = self._text[start:position]
        path = self._parse_path(written.replace("@", "$", 1))
        is_of_candidate = written.startswith("@")

        def find(candidate: Any, root: Any) -> Any:
            try:
                return path.find(candidate if is_of_candidate else root)
            except PathError:
                return _ABSENT

        return find


def _literal(token: re.Match[str]) -> Any:
    if token["text"]:
        return re.sub(r"\\(.)", r"\1", token["text"][1:-1])
    if token["pattern"]:
        pattern, _, flags = token["pattern"][1:].rpartition("/")
        return re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
    if token["number"]:
        return float(token["number"]) if re.search(r"[.eE]", token["number"]) else int(token["number"])
    return _LITERALS[token["word"]]


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def comparing(left: Any, right: Any) -> bool:
        both_numbers = is_number(left) and is_number(right)
        return (both_numbers or (isinstance(left, str) and isinstance(right, str))) and compare(left, right)

    return comparing


def _contained(item: Any, items: Any) -> bool:
    return isinstance(items, list) and any(same(item, other) for other in items)


def _contains(left: Any, right: Any) -> bool:
    return right in left if isinstance(left, str) and isinstance(right, str) else _contained(right, left)


def _each(left: Any, right: Any) -> list[bool]:
    return [_contained(item, right) for item in left] if isinstance(left, list) else []


def _empty(left: Any, right: Any) -> bool:
    return isinstance(left, (str, list, dict)) and (not left) is right


def _sized(left: Any, right: Any) -> bool:
    return isinstance(left, (str, list, dict)) and len(left) == right


def _matches(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, re.Pattern) and right.fullmatch(left) is not None


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": same,
    "===": same,
    "!=": lambda left, right: not same(left, right),
    "!==": lambda left, right: not same(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "=~": _matches,
    "in": _contained,
    "nin": lambda left, right: left is not _ABSENT and not _contained(left, right),
    "subsetof": lambda left, right: isinstance(left, list) and all(_each(left, right)),
    "anyof": lambda left, right: any(_each(left, right)),
    "noneof": lambda left, right: isinstance(left, list) and not any(_each(left, right)),
    "contains": _contains,
    "size": _sized,
    "empty": _empty,
}
