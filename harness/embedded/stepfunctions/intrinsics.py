"""The intrinsic functions of JSONPath states: `States.Format('{}', $.name)`.

What they return: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
What they refuse, and what they do with fractions and other types, is as AWS was seen to do it; the error is
States.Runtime, not the documented States.IntrinsicFailure.
"""

import base64
import hashlib
import math
import random
import re
import struct
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.embedded.json_values import is_finite
from harness.embedded.stepfunctions.journal import dumps, loads
from harness.embedded.stepfunctions.jsonata import ALGORITHMS
from harness.embedded.stepfunctions.path_filters import closing

_CALL = re.compile(r"\s*States\.([A-Za-z0-9]+)\s*\(\s*")
_PATH = re.compile(r"\s*(\$[^,()\[\]]*(?:\(\))?)")
_MORE_OF_A_PATH = re.compile(r"[^,()\[\]]*(?:\(\))?")
_LITERAL = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)\b)", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_MOST_CHARACTERS = 10_000
_MOST_NUMBERS = 1_000
_INT = range(-(2**31), 2**31)

Read = Callable[[str], Any]  # the value of a path that is an argument


class IntrinsicError(Exception):
    """A function cannot be evaluated; the message is AWS's."""


class _Refused(Exception):  # noqa: N818 - never leaves the module
    """The arguments are none that the function accepts; a message of its own says more than that."""


class _Template(str):
    """A text as it is written in the call, backslashes included."""


@dataclass(frozen=True)
class _Path:
    text: str


@dataclass(frozen=True)
class Call:
    """A parsed call."""

    name: str
    arguments: tuple[Any, ...]

    def evaluate(self, read: Read) -> Any:
        """Return the function's result. Raises IntrinsicError, and what `read` raises."""
        values = [_evaluated(argument, read) for argument in self.arguments]
        if self.name != "Format":
            values = [_plain(value) if isinstance(value, _Template) else value for value in values]
        try:
            low, high, function = _FUNCTIONS[self.name]
            if len(values) < low or (high is not None and len(values) > high):
                raise _Refused
            return function(*values)
        except _Refused as error:
            raise IntrinsicError(str(error) or f"Invalid arguments in States.{self.name}") from error


def _evaluated(argument: Any, read: Read) -> Any:
    match argument:
        case Call():
            return argument.evaluate(read)
        case _Path():
            return read(argument.text)
    return argument


@lru_cache(maxsize=4096)
def parse(text: str) -> Call:
    """Read a call. Raises IntrinsicError where it is none, or of a function that does not exist."""
    call, end = _call(text, 0)
    if text[end:].strip():
        raise IntrinsicError(f"Invalid Intrinsic Function: {text}")
    return call


def _call(text: str, position: int) -> tuple[Call, int]:
    opening = _CALL.match(text, position)
    if opening is None or opening[1] not in _FUNCTIONS:
        raise IntrinsicError(f"Invalid Intrinsic Function: {text}")
    arguments: list[Any] = []
    position = opening.end()
    while not text.startswith(")", position):
        argument, position = _argument(text, position)
        arguments.append(argument)
        rest = text[position:].lstrip()
        position = len(text) - len(rest)
        if rest.startswith(","):
            position += 1
        elif not rest.startswith(")"):
            raise IntrinsicError(f"Invalid Intrinsic Function: {text}")
    return Call(opening[1], tuple(arguments)), position + 1


def _argument(text: str, position: int) -> tuple[Any, int]:
    if literal := _LITERAL.match(text, position):
        quoted, number, word = literal.groups()
        if quoted is not None:
            return _Template(quoted), literal.end()
        if number is not None:
            return float(number) if re.search(r"[.eE]", number) else int(number), literal.end()
        return _WORDS[word], literal.end()
    if path := _PATH.match(text, position):
        end = path.end()
        while end < len(text) and text[end] == "[":
            end = _MORE_OF_A_PATH.match(text, closing(text, end) + 1).end()
        return _Path(text[path.start(1) : end].strip()), end
    return _call(text, position)


def _plain(template: str) -> str:
    return re.sub(r"\\(.)", r"\1", template, flags=re.DOTALL)


def _format(template: Any, *values: Any) -> str:
    if not isinstance(template, str):
        raise _Refused
    written: list[str] = []
    left = list(values)
    position = 0
    while position < len(template):
        character = template[position]
        if character == "\\" and position + 1 < len(template):
            position += 1
            written.append(template[position])
        elif character == "{":
            if not template.startswith("{}", position):
                raise _Refused("Invalid template in States.Format: matching '}' not found for '{'.")
            if not left:
                raise _Refused(_WRONG_NUMBER)
            written.append(_text(left.pop(0)))
            position += 1
        elif character == "}":
            raise _Refused("Invalid template in States.Format: matching '{' not found for '}'.")
        else:
            written.append(character)
        position += 1
    if left:
        raise _Refused(_WRONG_NUMBER)
    return "".join(written)


_WRONG_NUMBER = "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _plain(value) if isinstance(value, _Template) else value
    return dumps(value)


def _string_to_json(text: Any) -> Any:
    if not isinstance(text, str):
        raise _Refused
    try:
        return loads(text) if text.strip() else None
    except (ValueError, RecursionError) as error:
        raise _Refused(f"Cannot convert String to Json in States.StringToJson, caused by: {error}") from error


def _partition(items: Any, size: Any) -> list[Any]:
    width = int(_number(size))
    if width < 1:
        raise _Refused
    return [_array(items)[start : start + width] for start in range(0, len(items), width)]


def _contains(items: Any, item: Any) -> bool:
    """Compare as texts, as AWS was seen to do: true is in ["true"]."""
    return _text(item) in map(_text, _array(items))


def _range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, width = (int(_number(value)) for value in (first, last, step))
    if width == 0:
        raise _Refused
    numbers = range(start, end + (1 if width > 0 else -1), width)
    if len(numbers) > _MOST_NUMBERS:
        raise _Refused
    return list(numbers)


def _get_item(items: Any, index: Any) -> Any:
    place = int(_number(index))
    if not _array(items):
        return None
    if not 0 <= place < len(items):
        raise _Refused
    return items[place]


def _unique(items: Any) -> list[Any]:
    """Return each item once, in the order of a hash set of Java's, which is what AWS's order was seen to be."""
    first: dict[str, Any] = {}
    for item in _array(items):
        first.setdefault(dumps(_sorted(item)), item)
    unique = list(first.values())
    slots = 16
    while len(unique) > slots * 0.75:
        slots *= 2
    hashes = [_java_hash(item) & 0xFFFFFFFF for item in unique]
    order = sorted(range(len(unique)), key=lambda place: (hashes[place] ^ hashes[place] >> 16) & (slots - 1))
    return [unique[place] for place in order]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _java_hash(value: Any) -> int:
    match value:
        case None:
            return 0
        case bool():
            return 1231 if value else 1237
        case int():
            return value if value in _INT else (value ^ value >> 32) & 0xFFFFFFFF
        case float():
            bits = struct.unpack(">Q", struct.pack(">d", value))[0]
            return (bits ^ bits >> 32) & 0xFFFFFFFF
        case str():
            units = struct.unpack(f">{len(value.encode('utf-16-be')) // 2}H", value.encode("utf-16-be"))
            return _combined(0, units)
        case list():
            return _combined(1, map(_java_hash, value))
        case dict():
            return sum(_java_hash(key) ^ _java_hash(item) for key, item in value.items()) & 0xFFFFFFFF
    raise TypeError(value)


def _combined(start: int, hashes: Any) -> int:
    combined = start
    for each in hashes:
        combined = (31 * combined + each) & 0xFFFFFFFF
    return combined


def _merge(left: Any, right: Any, is_deep: Any) -> dict[str, Any]:
    if not isinstance(left, dict) or not isinstance(right, dict) or is_deep is True:
        raise _Refused
    return {**left, **right}


def _random(first: Any, last: Any, *seed: Any) -> int:
    start, end = int(_number(first)), int(_number(last))
    if start >= end:
        raise _Refused
    source = random.Random(int(_number(seed[0]))) if seed else random  # noqa: S311 (AWS's, not for secrets)
    return source.randrange(start, end)


def _add(left: Any, right: Any) -> int:
    numbers = [math.floor(_number(value) + 0.5) for value in (left, right)]  # halves are rounded up
    if any(number not in _INT for number in (*numbers, sum(numbers))):
        raise _Refused
    return sum(numbers)


def _split(text: Any, separators: Any) -> list[str]:
    if not isinstance(text, str) or not isinstance(separators, str) or not separators:
        raise _Refused
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _short(text: Any) -> str:
    if not isinstance(text, str) or len(text) > _MOST_CHARACTERS:
        raise _Refused
    return text


def _decode(text: Any) -> str:
    characters = re.sub(r"[^A-Za-z0-9+/]", "", _short(text))
    if len(characters) % 4 == 1:
        characters = characters[:-1]
    return base64.b64decode(characters + "=" * (-len(characters) % 4)).decode(errors="replace")


def _hash(value: Any, algorithm: Any) -> str:
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise _Refused
    return hashlib.new(ALGORITHMS[algorithm], _short(_text(value)).encode(), usedforsecurity=False).hexdigest()


def _array(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _Refused
    return value


def _number(value: Any) -> float:
    if not is_finite(value):
        raise _Refused
    return value


# The least and the most arguments, and the function.
_FUNCTIONS: Mapping[str, tuple[int, int | None, Callable[..., Any]]] = {
    "Array": (0, None, lambda *values: list(values)),
    "ArrayContains": (2, 2, _contains),
    "ArrayGetItem": (2, 2, _get_item),
    "ArrayLength": (1, 1, lambda items: len(_array(items))),
    "ArrayPartition": (2, 2, _partition),
    "ArrayRange": (3, 3, _range),
    "ArrayUnique": (1, 1, _unique),
    "Base64Decode": (1, 1, _decode),
    "Base64Encode": (1, 1, lambda text: base64.b64encode(_short(text).encode()).decode()),
    "Format": (1, None, _format),
    "Hash": (2, 2, _hash),
    "JsonMerge": (3, 3, _merge),
    "JsonToString": (1, 1, dumps),
    "MathAdd": (2, 2, _add),
    "MathRandom": (2, 3, _random),
    "StringSplit": (2, 2, _split),
    "StringToJson": (1, 1, _string_to_json),
    "UUID": (0, 0, lambda: str(uuid.uuid4())),
}
