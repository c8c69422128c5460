"""As much of Terraform's language as is needed to find definitions: blocks, attributes, and values as they are written.

https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from harness.asl.document import placeholder, template_end

_SPACE = re.compile(r"(?:[ \t\r]|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SPACE_AND_LINES = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t\r]*\n")
_REFERENCE = re.compile(r"[^\W\d][\w-]*(?:\.[\w*-]+|\[[^\]\n]*\])*")
_TEXT = re.compile(r'\\.|"|[$%]\{|\$\$\{|%%\{', re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_CLOSING = {"{": "}", "[": "]", "(": ")"}

Kind = Literal["text", "heredoc", "object", "list", "constant", "call", "reference", "other"]


@dataclass(frozen=True)
class Value:
    """A value as it is written, from `start` to `end` of the text.

    `value` is of a text its content, of a heredoc (its content, its offset, the indentation that was removed), of an
    object triples of key, offset and value, of a list its values, of a constant the constant, of a call (its name, its
    arguments), and of all else the text itself.
    """

    kind: Kind
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Attribute:
    """`name = value` in a block of some type with some labels, `resource "aws_sfn_state_machine" "orders"`."""

    block: tuple[str, ...]
    name: str
    value: Value


def attributes(text: str) -> Iterator[Attribute]:
    """Yield every attribute of the outermost blocks, without those of blocks inside them.

    Raises ValueError where the text is no Terraform, with a sentence that names the line.
    """
    reader = _Reader(text)
    position = reader.skip_lines(0)
    while position < len(text):
        block, position = reader.head(position)
        position = reader.skip_lines(position)
        while not text.startswith("}", position):
            name = reader.expect(_NAME, position)
            after = reader.skip(name.end())
            if text.startswith("=", after) and not text.startswith("==", after):
                value = reader.value(reader.skip(after + 1))
                yield Attribute(block, name.group(), value)
                position = reader.skip_lines(value.end)
            else:
                _, inside = reader.head(position)
                position = reader.skip_lines(reader.closing(inside - 1))
        position = reader.skip_lines(position + 1)


class _Reader:
    """Reads the parts of a text, each from a position on."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, position: int) -> ValueError:
        return ValueError(f"Not Terraform at line {self.text.count(chr(10), 0, position) + 1}.")

    def expect(self, pattern: re.Pattern[str], position: int) -> re.Match[str]:
        if (found := pattern.match(self.text, position)) is None:
            raise self.fail(position)
        return found

    def skip(self, position: int) -> int:
        return self.expect(_SPACE, position).end()

    def skip_lines(self, position: int) -> int:
        return self.expect(_SPACE_AND_LINES, position).end()

    def head(self, position: int) -> tuple[tuple[str, ...], int]:
        """Return a block's type and labels, and the position behind its opening brace."""
        parts = []
        while not self.text.startswith("{", position):
            if self.text.startswith('"', position):
                end = self.text_end(position + 1)
                parts.append(self.text[position + 1 : end - 1])
            else:
                end = self.expect(_NAME, position).end()
                parts.append(self.text[position:end])
            position = self.skip(end)
        return tuple(parts), position + 1

    def text_end(self, position: int) -> int:
        """Return the position behind the quote that closes a text."""
        while (found := _TEXT.search(self.text, position)) is not None:
            position = found.end()
            if found.group() == '"':
                return position
            if found.group() in ("${", "%{"):
                position = template_end(self.text, position)
        raise self.fail(len(self.text))

    def closing(self, position: int) -> int:
        """Return the position behind the bracket that closes the one at `position`."""
        closers = [_CLOSING[self.text[position]]]
        position += 1
        while closers:
            position = self.skip_lines(position)
            if position >= len(self.text):
                raise self.fail(position)
            character = self.text[position]
            if character == '"':
                position = self.text_end(position + 1)
            elif heredoc := _HEREDOC.match(self.text, position):
                position = self.heredoc(heredoc).end
            else:
                if character in _CLOSING:
                    closers.append(_CLOSING[character])
                elif character == closers[-1]:
                    closers.pop()
                position += 1
        return position

    def value(self, start: int, *, in_brackets: bool = False) -> Value:
        """Return the value that begins at `start`; within brackets a line's end does not end it."""
        first = self.primary(start)
        position = self.skip(first.end)
        while in_brackets and self.text.startswith("\n", position) and self.goes_on(self.skip_lines(position)):
            position = self.skip_lines(position)
        if first.kind == "heredoc" or position >= len(self.text) or self.text[position] in "\n,}])":
            return first
        return self.other(start, first.end, in_brackets=in_brackets)

    def goes_on(self, position: int) -> bool:
        return self.text.startswith(("?", ":", "&&", "||", "+", "-", "*", "/", "=="), position)

    def other(self, start: int, position: int, *, in_brackets: bool) -> Value:
        """Return an expression that is no single value, such as a condition."""
        end = position
        while position < len(self.text):
            character = self.text[position]
            if character in ",}])" or (
                character == "\n" and not (in_brackets and self.goes_on(self.skip_lines(position)))
            ):
                break
            if character == '"':
                position = self.text_end(position + 1)
            elif character in _CLOSING:
                position = self.closing(position)
            elif heredoc := _HEREDOC.match(self.text, position):
                position = self.heredoc(heredoc).end
            else:
                position += 1
            end = position
            position = max(position, self.skip(position))
        return Value("other", self.text[start:end], start, end)

    def primary(self, start: int) -> Value:
        text = self.text
        if heredoc := _HEREDOC.match(text, start):
            return self.heredoc(heredoc)
        if text.startswith('"', start):
            end = self.text_end(start + 1)
            return Value("text", _unescaped(text[start + 1 : end - 1]), start, end)
        if text.startswith("{", start):
            return self.object(start)
        if text.startswith("[", start):
            return self.list(start)
        if number := _NUMBER.match(text, start):
            written = number.group()
            return Value(
                "constant", int(written) if written.lstrip("-").isdigit() else float(written), start, number.end()
            )
        if reference := _REFERENCE.match(text, start):
            word, end = reference.group(), reference.end()
            if word in ("true", "false", "null"):
                return Value("constant", {"true": True, "false": False}.get(word), start, end)
            if text.startswith("(", end):
                return self.call(word, start, end)
            return Value("reference", word, start, end)
        if text.startswith("(", start):
            end = self.closing(start)
            return Value("other", text[start:end], start, end)
        if start < len(text) and text[start] in "!-":
            return Value("other", text[start], start, start + 1)
        raise self.fail(start)

    def heredoc(self, opening: re.Match[str]) -> Value:
        closing = re.compile(rf"^[ \t]*{re.escape(opening[2])}[ \t\r]*$", re.MULTILINE).search(self.text, opening.end())
        if closing is None:
            raise self.fail(opening.start())
        content = self.text[opening.end() : closing.start()]
        filled = [line for line in content.split("\n") if line.strip()]
        indentation = min((len(line) - len(line.lstrip(" \t")) for line in filled), default=0) if opening[1] else 0
        content = "\n".join(line[indentation:] for line in content.split("\n"))
        return Value("heredoc", (content, opening.end(), indentation), opening.start(), closing.end())

    def object(self, start: int) -> Value:
        if re.compile(r"\{\s*for\b").match(self.text, start):
            end = self.closing(start)
            return Value("other", self.text[start:end], start, end)
        pairs = []
        position = self.skip_lines(start + 1)
        while not self.text.startswith("}", position):
            key = self.key(position)
            after = self.skip_lines(key.end)
            if not self.text.startswith(("=", ":"), after):
                raise self.fail(after)
            value = self.value(self.skip_lines(after + 1))
            pairs.append((key.value if key.kind == "text" else placeholder(key.value), key.start, value))
            position = self.skip_lines(value.end)
            if self.text.startswith(",", position):
                position = self.skip_lines(position + 1)
        return Value("object", pairs, start, position + 1)

    def key(self, start: int) -> Value:
        if self.text.startswith('"', start) or self.text.startswith("(", start):
            return self.primary(start)
        name = re.compile(r"[\w.-]+").match(self.text, start)
        if name is None:
            raise self.fail(start)
        return Value("text", name.group(), start, name.end())

    def list(self, start: int) -> Value:
        if re.compile(r"\[\s*for\b").match(self.text, start):
            end = self.closing(start)
            return Value("other", self.text[start:end], start, end)
        items, end = self.items(start)
        return Value("list", items, start, end)

    def call(self, name: str, start: int, opening: int) -> Value:
        arguments, end = self.items(opening)
        return Value("call", (name, arguments), start, end)

    def items(self, opening: int) -> tuple[list[Value], int]:
        items = []
        position = self.skip_lines(opening + 1)
        while position < len(self.text) and self.text[position] not in "])":
            item = self.value(position, in_brackets=True)
            items.append(item)
            position = self.skip_lines(item.end)
            if self.text.startswith("...", position):
                position = self.skip_lines(position + 3)
            if self.text.startswith(",", position):
                position = self.skip_lines(position + 1)
            elif position < len(self.text) and self.text[position] not in "])":
                raise self.fail(position)
        return items, position + 1


def _unescaped(text: str) -> str:
    """Return a quoted text with its escapes read; templates stay as they are."""
    return re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|(.))",
        lambda escape: chr(int(escape[1], 16)) if escape[1] else _ESCAPES.get(escape[2], escape[2]),
        text,
        flags=re.DOTALL,
    )
