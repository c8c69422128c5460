"""JSONPath and the intrinsic functions: whether they are well formed, and what they read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

from harness.asl.machine import Machine, State, as_dict, as_list, has_placeholder, strings
from harness.asl.names import intrinsic_arguments, names
from harness.asl.rules import Finding

# Fields whose value is one path. All but InputPath and OutputPath are reference paths, which name one node.
_PATH_FIELDS = ("InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath", "TimestampPath",
                "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath",
                "ToleratedFailurePercentagePath", "ErrorPath", "CausePath")  # fmt: skip
# The same inside a Map's fields.
_INNER_PATH_FIELDS = (("ItemReader", "ReaderConfig", "MaxItemsPath"), ("ItemBatcher", "MaxItemsPerBatchPath"),
                      ("ItemBatcher", "MaxInputBytesPerBatchPath"))  # fmt: skip
# A Map's numbers come from its input: AWS refuses the context object there, unlike in ItemsPath.
_NOT_FROM_THE_CONTEXT = ("MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
                         "MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath")  # fmt: skip
_ANY_PATHS = ("InputPath", "OutputPath")
_INTRINSIC_FIELDS = ("ErrorPath", "CausePath")
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
_LITERALS_THAT_HAVE_PATHS = ("Error", "Cause", "Timestamp")

_SEGMENT = re.compile(r"\.\.?(?:\*|[^.\[\]()*\s]+(?:\(\))?)|(?:\.\.?)?\[")
_NUMBERS = re.compile(r"\s*(?:\*|-?\d+(?:\s*,\s*-?\d+)*|-?\d*\s*:\s*-?\d*)\s*")
_QUOTED = re.compile(r"\s*(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*")
_INDEX = re.compile(r"\s*-?\d+\s*")
_INTRINSIC = re.compile(r"States\.([A-Za-z0-9]*)\s*\(")
_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_LOOKS_LIKE_A_PATH = re.compile(r"\$(\$?[.\[]\S+)?")


@dataclass(frozen=True)
class Path:
    """What a JSONPath reads. `root` is `$`, `$$` or `$variable`; `names` the field names it certainly passes."""

    root: str
    names: tuple[str, ...]
    is_reference: bool


class MalformedError(ValueError):
    """A path or an intrinsic call is not well formed; the message says why."""


class ArgumentsError(MalformedError):
    """An intrinsic call is well formed, and its function fails with these arguments; the message says why."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Read a JSONPath; blanks behind it do not count.

    Raises:
        MalformedError: it is none.

    """
    text = text.rstrip()
    root = re.match(r"\$\$|\$[^\W\d]\w*|\$", text)
    if root is None:
        raise MalformedError("a path begins with $")
    fields: list[str] = []
    plain = is_reference = True
    position = root.end()
    while position < len(text):
        segment = _SEGMENT.match(text, position)
        if segment is None:
            raise MalformedError(f"it is no JSONPath from {text[position:]!r} on")
        position = segment.end()
        if segment.group().endswith("["):
            content, position = _bracket(text, position - 1)
            name = content.strip()[1:-1] if _QUOTED.fullmatch(content) else None
            if name is None and not _is_selector(content):
                raise MalformedError(f"[{content}] holds neither a quoted name nor an index nor a filter")
            is_single = name is not None or _INDEX.fullmatch(content) is not None
            plain = plain and (is_single or content.strip() == "*")
        else:
            name = segment.group().lstrip(".")
            is_single = name != "*" and not name.endswith("()")
            plain = plain and is_single
        is_deep = segment.group().startswith("..")
        plain, is_reference = plain and not is_deep, is_reference and is_single and not is_deep
        if plain and name is not None:
            fields.append(name)
    return Path(root.group(), tuple(fields), is_reference)


def _is_selector(content: str) -> bool:
    """Return whether a bracket holds an index, a slice, a list of indexes or names, a filter or a script."""
    text = content.strip()
    is_code = text.startswith(("?(", "(")) and text.endswith(")")
    return is_code or _NUMBERS.fullmatch(text) is not None or all(map(_QUOTED.fullmatch, _split(text)))


def _split(text: str) -> list[str]:
    """Split at the commas outside quotes."""
    return re.findall(r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^,'\"])+", text)


def bracket_end(text: str, start: int) -> int | None:
    """Return where the bracket that opens at `start` is closed, by one outside quotes; None where it is not."""
    depth, quote, position = 0, "", start
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def _bracket(text: str, start: int) -> tuple[str, int]:
    """Return the content of a bracket that opens at `start`, and the position behind it."""
    end = bracket_end(text, start)
    if end is None:
        raise MalformedError("a bracket is not closed")
    if end == start + 1:
        raise MalformedError("its brackets are empty")
    return text[start + 1 : end], end + 1


@lru_cache(maxsize=4096)
def parse_intrinsic(text: str) -> tuple[Path, ...]:
    """Return the paths that a call of an intrinsic function reads.

    Raises:
        MalformedError: the call is not well formed or the function does not exist.
        ArgumentsError: it is well formed, and the function fails with these arguments.

    """
    paths: list[Path] = []
    problems: list[str] = []
    end = _call(text, 0, paths, problems)
    if text[end:].strip():
        raise MalformedError(f"something follows the call: {text[end:].strip()!r}")
    if problems:
        raise ArgumentsError(problems[0])
    return tuple(paths)


def _call(text: str, position: int, paths: list[Path], problems: list[str]) -> int:
    opening = _INTRINSIC.match(text, position)
    if opening is None:
        raise MalformedError("it is no call of an intrinsic function")
    name = opening.group(1)
    if name not in names("intrinsics"):
        raise MalformedError(f"there is no intrinsic function States.{name}")
    arguments: list[str] = []
    position = _blank(text, opening.end())
    if text[position : position + 1] == ")":
        problems.extend(_arguments_problems(name, arguments))
        return position + 1
    while True:
        start = _blank(text, position)
        end = _argument(text, start, paths, problems)
        arguments.append(text[start:end].strip())
        position = _blank(text, end)
        separator = text[position : position + 1]
        if separator == ")":
            problems.extend(_arguments_problems(name, arguments))
            return position + 1
        if separator != ",":
            raise MalformedError("a closing parenthesis is missing")
        position += 1


def _arguments_problems(name: str, arguments: list[str]) -> Iterator[str]:
    low, high, kinds = intrinsic_arguments(name)
    if len(arguments) < low or (high is not None and len(arguments) > high):
        expected = f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
        yield f"States.{name} accepts {expected} arguments, not {len(arguments)}"
        return
    for argument, kind in zip(arguments, kinds, strict=False):
        if _SCALAR.fullmatch(argument) and not (kind == "x" or (kind == "n" and argument[0] in "-0123456789")):
            needed = "a number" if kind == "n" else "a list"
            yield f"States.{name} needs {needed} instead of {argument}"
    if name == "Format" and arguments[0].startswith("'"):
        holes = re.sub(r"\\.", "", arguments[0], flags=re.DOTALL).count("{}")
        if holes != len(arguments) - 1:
            yield f"its text has {holes} places {{}} for {len(arguments) - 1} values"
    if name == "Hash" and arguments[1].startswith("'") and arguments[1][1:-1] not in _HASHES:
        yield f"{arguments[1]} is none of the algorithms {', '.join(_HASHES)}"


def _blank(text: str, position: int) -> int:
    while text[position : position + 1].isspace():
        position += 1
    return position


_SCALAR = re.compile(r"'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b", re.DOTALL)


def _argument(text: str, position: int, paths: list[Path], problems: list[str]) -> int:
    if text.startswith("$", position):
        end = position
        while end < len(text) and text[end] not in ",)":
            if text[end] == "[":
                _, end = _bracket(text, end)
            else:
                end += 1
        paths.append(parse(text[position:end].strip()))
        return end
    if scalar := _SCALAR.match(text, position):
        if '\\"' in re.sub(r"\\\\", "", scalar.group()):
            raise MalformedError('a text knows no \\", a quotation mark is written without a backslash')
        return scalar.end()
    return _call(text, position, paths, problems)


def reads(text: str) -> tuple[Path, ...]:
    """Return the paths that a `.$` value reads: itself, or an intrinsic call's arguments; none if it is malformed."""
    try:
        return parse_intrinsic(text) if text.startswith("States.") else (parse(text),)
    except MalformedError:
        return ()


def check(machine: Machine) -> Iterator[Finding]:
    """Yield malformed paths and intrinsic calls, and values that look like paths where none is read."""
    for state in machine.states:
        if state.language == "JSONPath":
            yield from _path_fields(state)
            for path, template in templates(state):
                yield from _template(template, path)
            yield from _static_values(state)


def templates(state: State) -> Iterator[tuple[str, Any]]:
    """Yield every payload template of a JSONPath state, with its path."""
    body = state.body
    holders = [(state.path, body)]
    holders += [(f"{state.path}/Choices[{n}]", as_dict(rule)) for n, rule in enumerate(as_list(body.get("Choices")))]
    holders += [(path, handler) for kind, path, handler in state.handlers if kind == "Catch"]
    for path, holder in holders:
        for field in _TEMPLATES:
            if field in holder:
                yield f"{path}/{field}", holder[field]
    for field, inner in (("ItemReader", "Parameters"), ("ResultWriter", "Parameters"), ("ItemBatcher", "BatchInput")):
        if inner in as_dict(body.get(field)):
            yield f"{state.path}/{field}/{inner}", body[field][inner]
    if "Credentials" in body:
        yield f"{state.path}/Credentials", body["Credentials"]


def comparisons(state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every comparison of a JSONPath Choice, those inside And, Or and Not included, with its path."""
    pending = [(f"{state.path}/Choices[{n}]", rule) for n, rule in enumerate(as_list(state.body.get("Choices")))]
    while pending:
        path, rule = pending.pop(0)
        rule = as_dict(rule)
        yield path, rule
        for operator in ("And", "Or"):
            pending += [(f"{path}/{operator}[{n}]", inner) for n, inner in enumerate(as_list(rule.get(operator)))]
        if "Not" in rule:
            pending.append((f"{path}/Not", rule["Not"]))


def path_fields(state: State) -> Iterator[tuple[str, str, Any]]:
    """Yield every field of a JSONPath state that holds one path: the path to it, its name, its value."""
    for field in _PATH_FIELDS:
        if field in state.body:
            yield f"{state.path}/{field}", field, state.body[field]
    for *around, field in _INNER_PATH_FIELDS if state.type == "Map" else ():
        holder = reduce(lambda outer, name: as_dict(outer.get(name)), around, state.body)
        if field in holder:
            yield "/".join((state.path, *around, field)), field, holder[field]
    for kind, path, handler in state.handlers:
        if kind == "Catch" and "ResultPath" in handler:
            yield f"{path}/ResultPath", "ResultPath", handler["ResultPath"]
    for path, rule in comparisons(state):
        for field, value in rule.items():
            if field == "Variable" or field.endswith("Path"):
                yield f"{path}/{field}", field, value


def _path_fields(state: State) -> Iterator[Finding]:
    for path, field, value in path_fields(state):
        if not isinstance(value, str) or has_placeholder(value):
            continue
        try:
            if value.startswith("States.") and field in _INTRINSIC_FIELDS:
                parse_intrinsic(value)
                if value[len("States.") : value.index("(")].strip() not in names("intrinsics_of_a_failure"):
                    raise MalformedError(f"'{field}' accepts only functions whose result is text")
                continue
            parsed = parse(value)
            if field == "ResultPath" and parsed.root != "$":
                raise MalformedError("a ResultPath begins at the state's input, with $")
            if field in _NOT_FROM_THE_CONTEXT and parsed.root == "$$":
                raise MalformedError("it must begin at the state's input or a variable, not at the context object")
            if field not in _ANY_PATHS and not parsed.is_reference:
                raise MalformedError("it must be a reference path, of names and indexes only, which names one node")
        except ArgumentsError as error:
            yield Finding(path, "INTRINSIC_ARGUMENTS", f"{value!r} fails when it is run: {error}.")
        except MalformedError as error:
            yield Finding(path, "INVALID_PATH", f"'{field}' is {value!r}, which cannot be read: {error}.")


def _template(template: Any, path: str) -> Iterator[Finding]:
    pending = [(template, path)]
    while pending:
        value, where = pending.pop()
        if isinstance(value, list):
            pending += [(item, f"{where}[{number}]") for number, item in enumerate(value)]
        for key, item in as_dict(value).items():
            at = f"{where}/{key}"
            if key.endswith(".$"):
                yield from _dynamic(item, at)
                if key[:-2] in value:
                    yield Finding(at, "DUPLICATE_TEMPLATE_KEY", f"'{key[:-2]}' is there twice, with .$ and without.")
            elif isinstance(item, str) and _looks_dynamic(item):
                yield Finding(at, "NO_DOLLAR", f"{item!r} stays a plain string; write '{key}.$' to have it read.")
            else:
                pending.append((item, at))


def _dynamic(value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(path, "INVALID_PATH", "The value under a key that ends in .$ must be a string with a path.")
        return
    if has_placeholder(value):
        return
    is_call = value.startswith("States.")
    try:
        parse_intrinsic(value) if is_call else parse(value)
    except ArgumentsError as error:
        yield Finding(path, "INTRINSIC_ARGUMENTS", f"{value!r} fails when it is run: {error}.")
    except MalformedError as error:
        code = "INVALID_INTRINSIC" if is_call else "INVALID_PATH"
        yield Finding(path, code, f"{value!r} cannot be read: {error}.")


def _looks_dynamic(value: str) -> bool:
    return _LOOKS_LIKE_A_PATH.fullmatch(value) is not None or _INTRINSIC.match(value) is not None


def _static_values(state: State) -> Iterator[Finding]:
    for field in _LITERALS_THAT_HAVE_PATHS:
        value = state.body.get(field)
        if isinstance(value, str) and _looks_dynamic(value):
            message = f"{value!r} stays a plain string; write '{field}Path' to have it read."
            yield Finding(f"{state.path}/{field}", "NO_PATH", message)
    for path, rule in comparisons(state):
        for field, value in rule.items():
            is_text = field.startswith("String") and not field.endswith("Path") and isinstance(value, str)
            if is_text and _looks_dynamic(value):
                message = f"{value!r} is compared as a plain string; write '{field}Path' to have it read."
                yield Finding(f"{path}/{field}", "NO_PATH", message)
    if state.type == "Pass":
        for path, _, text in strings(state.body.get("Result"), f"{state.path}/Result"):
            if _looks_dynamic(text):
                yield Finding(path, "PASS_RESULT_IS_STATIC", f"{text!r} stays a plain string: a Result is not read.")
