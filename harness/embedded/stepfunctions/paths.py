"""JSONPath as Step Functions speaks it: the dialect of Jayway's library, and reference paths that are written to.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

import re
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.embedded.json_values import is_number
from harness.embedded.stepfunctions import path_filters
from harness.embedded.stepfunctions.path_filters import PathError

_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$")
_NAME = re.compile(r"[^.\[\]()\s][^.\[\]()]*")
_QUOTED = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")\s*(?:,|$)", re.DOTALL)
_FROM_THE_END = re.compile(r"\(\s*@\.length\s*-\s*([1-9]\d*)\s*\)")  # the only script that is understood
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*")

Select = Callable[[Any, Any], Iterator[Any]]  # (value, root of the document) -> what a step selects of the value


@dataclass(frozen=True)
class Step:
    """One segment of a path."""

    select: Select
    kind: type | tuple[type, ...]  # what it can be applied to
    problem: str = ""  # with another kind, where the path before it names one node
    is_definite: bool = True
    key: str | int | None = None  # of the one member that it names
    function: Callable[[Any], Any] | None = None  # of all that was selected before


@dataclass(frozen=True)
class Path:
    """A parsed path; `root` is `$`, `$$` or the name of a variable."""

    root: str
    steps: tuple[Step, ...]
    is_definite: bool

    def find(self, document: Any) -> Any:
        """Return what the path selects: a value, or a list where it may select several. Raises PathError."""
        found, definite = [document], True
        for number, step in enumerate(self.steps):
            if step.function:
                found, definite = [step.function(found[0] if definite else found)], True
                continue
            selected: list[Any] = []
            for value in found:
                if isinstance(value, step.kind):
                    selected.extend(step.select(value, document))
                elif definite and step.problem:
                    raise PathError(step.problem.format(value))
            if not selected and definite and step.is_definite:
                if number + 1 < len(self.steps):
                    raise PathError(f"Missing property in path {_written(self.steps[: number + 1])}")
                raise PathError(f"No results for path: {_written(self.steps)}")
            found, definite = selected, definite and step.is_definite
        return found[0] if definite else found

    @property
    def ends_in_an_index(self) -> bool:
        """Return whether the last step names an element of an array."""
        return bool(self.steps) and isinstance(self.steps[-1].key, int)

    def put(self, document: Any, value: Any) -> Any:
        """Return the document with the value in its place; objects on the way are made. Raises PathError."""
        return _put([step.key for step in self.steps], document, value)


def _put(keys: list[str | int | None], document: Any, value: Any) -> Any:
    if not keys:
        return value
    key, *others = keys
    if isinstance(key, int) and isinstance(document, list):
        if not -len(document) <= key < len(document):
            raise PathError(f"there is no element {key}")
        place = key % len(document)
        return [*document[:place], _put(others, document[place], value), *document[place + 1 :]]
    if isinstance(key, str) and isinstance(document, dict):
        return {**document, key: _put(others, document.get(key, {}), value)}
    raise PathError(f"'{key}' cannot be in {type(document).__name__}")


def _written(steps: tuple[Step, ...]) -> str:
    keys = (f"[{step.key}]" if isinstance(step.key, int) else f"['{step.key}']" for step in steps)
    return "$" + "".join(keys)


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Read a path; blanks behind it do not count. Raises PathError."""
    text = text.rstrip()
    root = _ROOT.match(text)
    if root is None:
        raise PathError(f"'{text}' is no path.")
    steps: list[Step] = []
    position = root.end()
    while position < len(text):
        step, position = _step(text, position)
        steps.append(step)
    return Path(
        root[0] if root[0] in ("$", "$$") else root[0][1:], tuple(steps), all(step.is_definite for step in steps)
    )


def _step(text: str, position: int) -> tuple[Step, int]:
    is_deep = text.startswith("..", position)
    if is_deep or text[position] == ".":
        position += 2 if is_deep else 1
        if not text.startswith("[", position):
            if text.startswith("*", position):
                step, end = _WILDCARD, position + 1
            else:
                name = _NAME.match(text, position)
                if name is None:
                    raise PathError(f"'{text}' is no path.")
                end = name.end()
                if text.startswith("()", end):
                    return _function(name[0]), end + 2
                step = _member(name[0].rstrip())
            return (_deep(step) if is_deep else step), end
    elif text[position] != "[":
        raise PathError(f"'{text}' is no path.")
    end = path_filters.closing(text, position)
    step = _bracket(text[position + 1 : end].strip(), is_last=end + 1 == len(text))
    return (_deep(step) if is_deep else step), end + 1


def _bracket(content: str, is_last: bool) -> Step:
    if content == "*":
        return _WILDCARD
    if content.startswith("?"):
        return _filter(content)
    if place := _FROM_THE_END.fullmatch(content):
        content = f"-{place[1]}"
    if slice_ := _SLICE.fullmatch(content):
        first, last = (int(number) if number else None for number in slice_.groups())
        return Step(lambda value, _: iter(value[first:last]), list, _only_arrays(content), is_definite=False)
    if re.fullmatch(r"-?\d+(\s*,\s*-?\d+)*", content):
        places = [int(number) for number in content.split(",")]
        problem = _only_arrays(content)
        if len(places) == 1:
            return Step(lambda value, _: _elements(value, places), list, problem, key=places[0])
        return Step(lambda value, _: _elements(value, places), list, problem, is_definite=False)
    names, position = [], 0
    while position < len(content):
        quoted = _QUOTED.match(content, position)
        if quoted is None:
            raise PathError(f"[{content}] is not understood.")
        names.append(re.sub(r"\\(.)", r"\1", quoted[1] if quoted[1] is not None else quoted[2]))
        position = quoted.end()
    if len(names) == 1:
        return _member(names[0])
    if is_last:  # merged into one object
        return Step(lambda value, _: iter([{name: value[name] for name in names if name in value}]), dict)
    return Step(lambda value, _: iter([value[name] for name in names if name in value]), dict, is_definite=False)


def _only_arrays(content: str) -> str:
    return f"Filter: [{content}] can only be applied to arrays. Current context is: {{}}"


def _member(name: str) -> Step:
    return Step(lambda value, _: iter((value[name],) if name in value else ()), dict, key=name)


def _elements(value: list[Any], places: list[int]) -> Iterator[Any]:
    return (value[place] for place in places if -len(value) <= place < len(value))


def _children(value: Any, _: Any = None) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


_WILDCARD = Step(_children, (dict, list), is_definite=False)


def _descendants(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, (dict, list)):
        for child in _children(value):
            yield from _descendants(child)


def _deep(step: Step) -> Step:
    def select(value: Any, root: Any) -> Iterator[Any]:
        return (
            found for inner in _descendants(value) if isinstance(inner, step.kind) for found in step.select(inner, root)
        )

    return Step(select, (dict, list), is_definite=False)


def _filter(content: str) -> Step:
    inner = content[1:].strip()
    test = path_filters.parse(inner[1:-1] if inner.startswith("(") and inner.endswith(")") else inner, parse)

    def select(value: Any, root: Any) -> Iterator[Any]:
        candidates = value if isinstance(value, list) else [value]
        return (candidate for candidate in candidates if test(candidate, root))

    return Step(select, (dict, list), f"Filter: [{content}] can not be applied to primitives.", is_definite=False)


def _numbers(value: Any) -> list[float]:
    values = value if isinstance(value, list) else []
    numbers = [item for item in values if is_number(item)]
    if not numbers:
        raise PathError("Aggregation function attempted to calculate value using empty array")
    return numbers


# https://github.com/json-path/JsonPath#functions
_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "avg": lambda value: float(statistics.fmean(_numbers(value))),
    "first": lambda value: value[0],
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "last": lambda value: value[-1],
    "length": lambda value: len(value) if isinstance(value, (dict, list)) else None,
    "max": lambda value: float(max(_numbers(value))),
    "min": lambda value: float(min(_numbers(value))),
    "size": lambda value: len(value) if isinstance(value, (dict, list)) else None,
    "stddev": lambda value: statistics.pstdev(_numbers(value)),
    "sum": lambda value: float(sum(_numbers(value))),
}


def _function(name: str) -> Step:
    if name not in _FUNCTIONS:
        raise PathError(f"Function with name: {name} does not exist.")
    return Step(lambda *_: iter(()), object, function=_FUNCTIONS[name])
