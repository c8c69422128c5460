"""A definition's text: JSON with placeholders that are filled in later, and the place of each of its parts."""

from __future__ import annotations

import bisect
import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.asl.rules import Finding

TOO_DEEP = Finding("", "TOO_DEEPLY_NESTED", "The definition is nested too deeply to be read.")
BYTE_ORDER_MARK = "\ufeff"

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
# Inside a string `{%{` begins an expression of JSONata. `$${` and `%%{` are Terraform's way to write `${` and `%{`.
_TEMPLATE = r"(?<!\$)\$\{|(?<![{%])%\{"
_WORD = re.compile(r"\w+")
_DIRECTIVE = re.compile(r"(?<!%)%\{~?\s*(?:if|for)\b")
_TEMPLATE_TOKEN = re.compile(r'[{}\[\]:,]|"|[$%]\{|[^\s{}\[\]:,"$%]+|[$%]')
_IN_TEXT = re.compile(rf'\\.|"|{_TEMPLATE}', re.DOTALL)
_NOT_OF_A_PLACEHOLDER = re.compile(r"[^\w.,:*()\[\]/-]")
_IN_TEMPLATE = re.compile(r'["{}]')


@dataclass(frozen=True, order=True)
class Place:
    """A line and a column of a file, both from 1."""

    line: int = 1
    column: int = 1


@dataclass
class Document:
    """A value that was read, with what was wrong with its text.

    `locate` returns the place of a finding's path (`/States/Name/Choices[0]`), or of the nearest part around it.
    `has_directives` says that Terraform's directives, `%{ if … }`, decide which parts of the text there are.
    """

    value: Any
    size: int
    problems: list[Finding] = field(default_factory=list)
    locate: Callable[[str], Place] = lambda _path: Place()
    has_directives: bool = False


def of_value(value: Any) -> Document:
    """Return the document of a definition that is parsed already."""
    return Document(value, len(json.dumps(value, ensure_ascii=False)))


def of_text(text: str, *, is_template: bool = False) -> Document:
    """Read JSON, with or without a byte-order mark, in which `${…}` may replace a value.

    `is_template` says that every `${…}` and `%{…}` is Terraform's, also inside strings. `value` is None where the text
    is no JSON, and `problems` say why.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        return _read(text, with_templates=is_template and _has_templates(text))
    except RecursionError:
        return Document(None, len(text), [TOO_DEEP])
    except ValueError as error:
        if _has_templates(text):
            with contextlib.suppress(ValueError, RecursionError):
                return _read(text, with_templates=True)
        return _invalid(text, error)


def _has_templates(text: str) -> bool:
    return "${" in text or "%{" in text


def _read(text: str, *, with_templates: bool) -> Document:
    repeats: list[str] = []
    value = json.loads(
        _with_quoted_templates(text) if with_templates else text,
        object_pairs_hook=lambda pairs: _unique(pairs, repeats),
        parse_constant=_refuse_constant,
    )
    source = Source(text, _template_tokens if with_templates else _tokens)
    has_directives = with_templates and _DIRECTIVE.search(text) is not None
    # What is behind `if` and what is behind `else` may have the same keys; only the text is scanned for both.
    repeated = [repeated_key(path) for path in source.repeated] if repeats and not has_directives else []
    return Document(value, len(text), repeated, source.locate, has_directives)


def _invalid(text: str, error: ValueError) -> Document:
    place, reason = Place(), f": {error}"
    if isinstance(error, json.JSONDecodeError):
        place = Place(error.lineno, error.colno)
        reason = f" at line {error.lineno}, column {error.colno}: {error.msg}"
    problem = Finding("", "INVALID_JSON", f"Not JSON{reason}.")
    return Document(None, len(text), [problem], lambda _path: place, _DIRECTIVE.search(text) is not None)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _unique(pairs: list[tuple[str, Any]], repeats: list[str]) -> Mapping[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        repeats.append(pairs[0][0])
    return result


def repeated_key(path: str) -> Finding:
    """Return the finding for a key that an object has twice."""
    around, _, key = path.rpartition("/")
    is_state = around.endswith("/States")
    what, code = ("state", "DUPLICATE_STATE_NAME") if is_state else ("key", "DUPLICATE_KEY")
    return Finding(path, code, f"The {what} '{key}' occurs twice in one object; the last counts.")


class _Directives:
    """Follows Terraform's directives: of `%{ if … }` and `%{ else }` the first part is kept."""

    def __init__(self) -> None:
        self.left_out = 0  # how many directives are open since an `else`, itself included

    def follow(self, directive: str) -> None:
        """Go on behind a directive."""
        word = _WORD.search(directive)
        if self.left_out:
            self.left_out += {"if": 1, "for": 1, "endif": -1, "endfor": -1}.get(word[0] if word else "", 0)
        elif word and word[0] == "else":
            self.left_out = 1


def _with_quoted_templates(text: str) -> str:
    """Return the text with each `${…}` outside a string in quotes, and without the directives `%{…}`."""
    parts, position, directives = [], 0, _Directives()
    for start, end in _template_tokens(text):
        before, token = text[position:start], text[start:end]
        position = end
        if token.startswith("%{"):
            parts.append("" if directives.left_out else before)
            directives.follow(token)
            continue
        if directives.left_out:
            continue
        if token.startswith("${"):
            token = f'"{placeholder(token[2:-1])}"'
        elif token.startswith('"') and ("${" in token or "%{" in token):
            token = f'"{_with_placeholders(token[1:-1])}"'
        parts += (before, token)
    return "".join([*parts, text[position:]])


def placeholder(expression: str) -> str:
    """Return `${…}` around an expression of any language, in the form in which the checks know a placeholder."""
    return f"${{{re.sub(_NOT_OF_A_PLACEHOLDER, '_', expression) or '_'}}}"


def _with_placeholders(text: str) -> str:
    """Return a string's content with its templates as placeholders, and without directives."""
    parts, position, directives = [], 0, _Directives()
    while (opening := _IN_TEXT.search(text, position)) is not None:
        before, part = text[position : opening.start()], opening.group()
        position = template_end(text, opening.end()) if part in ("${", "%{") else opening.end()
        parts.append("" if directives.left_out else before)
        if part == "%{":
            directives.follow(text[opening.start() : position])
        elif not directives.left_out:
            parts.append(placeholder(text[opening.end() : position - 1]) if part == "${" else part)
    return "".join([*parts, text[position:]]).replace("%%{", "%{")


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of every token of JSON."""
    return (token.span() for token in _TOKEN.finditer(text))


def _template_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of every token of JSON with templates, which may hold quotes."""
    position = 0
    while (token := _TEMPLATE_TOKEN.search(text, position)) is not None:
        position = token.end()
        if token.group() == '"':
            position = _text_end(text, position)
        elif token.group() in ("${", "%{"):
            position = template_end(text, position)
        yield token.start(), position


def _text_end(text: str, position: int) -> int:
    while (found := _IN_TEXT.search(text, position)) is not None:
        position = found.end()
        if found.group() == '"':
            return position
        if found.group() in ("${", "%{"):
            position = template_end(text, position)
    return len(text)


def template_end(text: str, position: int) -> int:
    """Return the position behind the `}` of a template whose `${` ends at `position`."""
    depth = 1
    while (found := _IN_TEMPLATE.search(text, position)) is not None:
        position = found.end()
        if found.group() == '"':
            position = _text_end(text, position)
        else:
            depth += 1 if found.group() == "{" else -1
            if depth == 0:
                return position
    return len(text)


class Source:
    """The text of a JSON document, scanned for places when the first one is needed."""

    def __init__(self, text: str, tokens: Callable[[str], Iterator[tuple[int, int]]] = _tokens) -> None:
        self.text = text
        self.tokens = tokens

    def locate(self, path: str) -> Place:
        """Return the place of a path, or of the nearest part around it."""
        return self.place(nearest(self.offsets, path, 0))

    def place(self, offset: int) -> Place:
        """Return an offset as line and column."""
        line = bisect.bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(newline.end() for newline in re.finditer("\n", self.text))]

    @property
    def repeated(self) -> list[str]:
        """The paths of the keys that an object has more than once."""
        return self._scanned[1]

    @property
    def offsets(self) -> dict[str, int]:
        """The offset of every part by its path: of an object's member its key, the last one where it is repeated."""
        return self._scanned[0]

    @cached_property
    def _scanned(self) -> tuple[dict[str, int], list[str]]:
        offsets: dict[str, int] = {}
        keys: set[str] = set()
        repeated: dict[str, None] = {}
        around: list[list[Any]] = []  # of each container its path, and the index or the key that is being read
        is_key = False
        for start, end in self.tokens(self.text):
            part = self.text[start:end]
            if part in ("}", "]"):
                around[-1:] = []
            elif part == ",":
                if around and isinstance(around[-1][1], int):
                    around[-1][1] += 1
                is_key = bool(around) and not isinstance(around[-1][1], int)
            elif part == ":":
                is_key = False
            elif is_key and part.startswith('"'):
                around[-1][1] = _decoded(part)
                path = f"{around[-1][0]}/{around[-1][1]}"
                if path in keys:
                    repeated[path] = None
                    keys = {key for key in keys if not key.startswith((f"{path}/", f"{path}["))}
                keys.add(path)
                offsets[path] = start
            elif not part.startswith("%{"):
                path = "" if not around else _inner(*around[-1])
                offsets.setdefault(path, start)
                if part in ("{", "["):
                    around.append([path, 0 if part == "[" else ""])
                    is_key = part == "{"
        return offsets, list(repeated)


def _inner(path: str, key: int | str) -> str:
    return f"{path}[{key}]" if isinstance(key, int) else f"{path}/{key}"


def _decoded(part: str) -> str:
    try:
        return json.loads(part)
    except ValueError:
        return part[1:-1]


def nearest(places: Mapping[str, Any], path: str, otherwise: Any) -> Any:
    """Return what is known of a path, or of the nearest part around it."""
    while path not in places and path:
        path = path[: max(path.rfind("/"), path.rfind("["), 0)]
    return places.get(path, otherwise)
