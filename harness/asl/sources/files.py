"""The files that a user names, by path, directory or glob, and the definitions in them."""

from __future__ import annotations

import fnmatch
import glob
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.asl.document import BYTE_ORDER_MARK, Document, Place, Source, of_text
from harness.asl.machine import as_dict
from harness.asl.rules import Finding
from harness.asl.sources import template, terraform
from harness.asl.sources.definition import Definition, Note, Parsed, UnreadableError
from harness.asl.sources.yaml import read as read_yaml

_YAML = (".yaml", ".yml", ".template")
_SUFFIXES = (*_YAML, ".json", ".tf", ".asl", ".tftpl", ".tpl")
_NOT_ENTERED = ("node_modules", "__pycache__", "build", "cdk.out")  # nor what begins with a dot
# What a file must mention to be worth parsing when nobody named it.
_MAY_HOLD = re.compile(
    r"StartAt|StepFunctions::StateMachine|Serverless::StateMachine|aws_sfn_state_machine|definition\s*="
)
_YAML_KEY = re.compile(r"(?:---\s*)?(?:#.*\s+)*[\"']?\w[\w.:-]*[\"']?\s*:\s")


@dataclass(frozen=True)
class Selection:
    """The files to read.

    `excludes` says which files in directories and behind globs are passed over. `only_definitions` treats named files
    like these, so that those without a definition are passed over.
    """

    names: Sequence[str]
    excludes: Callable[[Path], bool] = lambda _file: False
    only_definitions: bool = False

    def read(self) -> Iterator[Definition | Note | UnreadableError]:
        """Yield the definitions of all files; a definition that another file names is yielded once."""
        found: list[Definition | Note | UnreadableError] = []
        for file, is_named in self._files():
            try:
                found += _definitions(file, read_text(file), is_named=is_named)
            except UnreadableError as error:
                found.append(error)
        referenced = {os.path.realpath(one.file) for one in found if isinstance(one, Definition) and one.is_referenced}
        for one in found:
            if not isinstance(one, Definition) or one.is_referenced or os.path.realpath(one.file) not in referenced:
                yield one
        for name in self.names:
            if glob.has_magic(name) and not os.path.exists(name) and not glob.glob(name, recursive=True):
                yield UnreadableError(f"{name} matches no file.")

    def _files(self) -> Iterator[tuple[Path, bool]]:
        """Yield each file once, and whether it was named itself."""
        seen: set[Path] = set()
        for name in self.names:
            for file, is_named in _expanded(name):
                path = Path(os.path.normpath(file))
                is_sought = is_named and not self.only_definitions
                if path not in seen and (is_sought or not self.excludes(path)):
                    seen.add(path)
                    yield path, is_sought


def read_standard_input() -> list[Definition | Note]:
    """Return the definitions of the standard input. Raises UnreadableError."""
    try:
        text = sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UnreadableError("The standard input cannot be read: it is not UTF-8 text.") from error
    return list(_definitions(Path("-"), text, is_named=True))


def read_text(file: Path) -> str:
    """Return a file's text. Raises UnreadableError."""
    try:
        return file.read_text(encoding="utf-8-sig")  # without a byte-order mark
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UnreadableError(f"{file} cannot be read: {reason}.") from error


def matches(file: Path, patterns: Iterable[str]) -> bool:
    """Return whether a glob matches a file, its name, or a directory that it is in."""
    names = [part.as_posix() for part in (file, *file.parents)]
    return any(fnmatch.fnmatch(name, pattern.rstrip("/")) for pattern in patterns for name in (*names, file.name))


def _expanded(name: str) -> Iterator[tuple[str, bool]]:
    if os.path.isdir(name):
        yield from ((file, False) for file in _walked(name))
    elif os.path.exists(name) or not glob.has_magic(name):
        yield name, True
    else:
        for match in sorted(glob.glob(name, recursive=True)):
            yield from ((file, False) for file in (_walked(match) if os.path.isdir(match) else [match]))


def _walked(directory: str) -> Iterator[str]:
    for here, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if name not in _NOT_ENTERED and not name.startswith("."))
        yield from (os.path.join(here, name) for name in sorted(files) if name.endswith(_SUFFIXES))


def _definitions(file: Path, text: str, *, is_named: bool) -> Iterator[Definition | Note]:
    """Yield the definitions of one file; where nobody named it, only of what certainly is one."""
    if not is_named and not _MAY_HOLD.search(text):
        return
    if file.suffix == ".tf":
        try:
            yield from terraform.of_code(file, text, _read_for_terraform)
        except UnreadableError as error:
            raise _named(error, file) from error
    elif file.suffix in _YAML or (file == Path("-") and _is_yaml(text)):
        yield from _of_yaml(file, text, is_named=is_named)
    else:
        yield from _of_json(file, text, is_named=is_named)


def _named(error: UnreadableError, file: Path) -> UnreadableError:
    """Return the error with the file's name in front, unless it speaks of another file."""
    text = str(error)
    return error if " cannot be read: " in text else UnreadableError(f"{file} cannot be read: {text}")


def _is_yaml(text: str) -> bool:
    return _YAML_KEY.match(text.removeprefix(BYTE_ORDER_MARK).lstrip()) is not None


def _of_json(file: Path, text: str, *, is_named: bool) -> Iterator[Definition | Note]:
    document = of_text(text, is_template=file.suffix in (".tftpl", ".tpl"))
    value = document.value
    if terraform.is_plan(value):
        yield from terraform.of_plan(file, text, value)
    elif terraform.is_json_code(value):
        yield from terraform.of_json_code(file, text, value)
    elif template.is_template(value):
        yield from template.definitions(file, Parsed(value, Source(text).locate), _read_for_template)
    elif is_named or _is_definition(value) or (value is None and ".asl" in file.suffixes):
        yield Definition(file, document)


def _of_yaml(file: Path, text: str, *, is_named: bool) -> Iterator[Definition | Note]:
    if text.removeprefix(BYTE_ORDER_MARK).lstrip().startswith("{"):  # JSON in a file named .template or .yaml
        try:
            json.loads(text)
        except ValueError:
            pass
        else:
            yield from _of_json(file, text, is_named=is_named)
            return
    try:
        parsed = read_yaml(text)
    except UnreadableError as error:
        raise UnreadableError(f"{file} cannot be read: {error}.") from error
    except ValueError as error:
        if is_named or ".asl" in file.suffixes:
            yield Definition(file, _invalid(str(error)))
        return
    if template.is_template(parsed.value):
        yield from template.definitions(file, parsed, _read_for_template)
    elif is_named or _is_definition(parsed.value):
        yield Definition(file, parsed.document())


def _is_definition(value: object) -> bool:
    return "StartAt" in as_dict(value) and isinstance(as_dict(value).get("States"), dict)


def _invalid(message: str) -> Document:
    found = re.search(r"line (\d+), column (\d+)", message)
    place = Place(int(found[1]), int(found[2])) if found else Place()
    return Document(None, 0, [Finding("", "INVALID_JSON", message)], lambda _path: place)


def _read_for_template(file: Path) -> Document:
    text = read_text(file)
    return _from_yaml(file, text) if file.suffix in _YAML else of_text(text)


def _read_for_terraform(file: Path, is_template: bool) -> Document:
    text = read_text(file)
    return _from_yaml(file, text) if file.suffix in (".yaml", ".yml") else of_text(text, is_template=is_template)


def _from_yaml(file: Path, text: str) -> Document:
    try:
        return read_yaml(text).document()
    except UnreadableError as error:
        raise UnreadableError(f"{file} cannot be read: {error}.") from error
    except ValueError as error:
        return _invalid(str(error))
