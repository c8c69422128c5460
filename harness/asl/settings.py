"""What a project asks of the linter: `[tool.asl-lint]` in pyproject.toml, or the same keys in .asl-lint.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.asl.machine import WorkflowType
from harness.asl.rules import PROFILES, RULES
from harness.asl.sources.files import matches
from harness.asl.suppressions import did_you_mean

OWN_FILE, SHARED_FILE = ".asl-lint.toml", "pyproject.toml"
TYPES = ("STANDARD", "EXPRESS")
ALL = "ALL"


class SettingsError(Exception):
    """A setting that cannot be used; the message is a sentence."""


@dataclass(frozen=True)
class Settings:
    """What to report, and how to read the files.

    `select` names the rules to report, all but those of profiles if it is empty; `ignore` removes rules; `profiles`
    adds the rules of each. `types` and `per_file_ignores` are by glob. Globs are relative to `directory`.
    """

    directory: Path = field(default_factory=Path)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = False
    baseline: Path | None = None
    types: Mapping[str, WorkflowType] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reports(self, code: str) -> bool:
        """Return whether findings of a rule are reported."""
        if code in self.ignore:
            return False
        profile = RULES[code].profile
        chosen = not self.select or ALL in self.select or code in self.select
        return (chosen and (profile is None or bool(self.select))) or profile in self.profiles

    def reports_in(self, code: str, file: Path) -> bool:
        """Return whether findings of a rule are reported in a file."""
        return not any(code in codes and self._matches(file, glob) for glob, codes in self.per_file_ignores.items())

    def excludes(self, file: Path) -> bool:
        """Return whether a file is passed over."""
        return any(self._matches(file, glob) for glob in self.exclude)

    def type_of(self, file: Path) -> WorkflowType | None:
        """Return the type that a file's state machines have; None where no glob matches."""
        return next((kind for glob, kind in self.types.items() if self._matches(file, glob)), None)

    def _matches(self, file: Path, glob: str) -> bool:
        absolute = file.absolute()
        inside = absolute.is_relative_to(self.directory.absolute())
        return matches(absolute.relative_to(self.directory.absolute()) if inside else file, (glob,))


def find(start: Path) -> Settings:
    """Return the settings of the nearest file at `start` or above it that has any; the defaults without one.

    Raises SettingsError.
    """
    for directory in (start.absolute(), *start.absolute().parents):
        for name in (OWN_FILE, SHARED_FILE):
            if (directory / name).is_file() and (settings := read(directory / name)) is not None:
                return settings
        if (directory / ".git").exists():
            break
    return Settings()


def read(file: Path) -> Settings | None:
    """Return the settings of a file; None for a pyproject.toml that has none. Raises SettingsError."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}.") from error
    if file.name == SHARED_FILE:
        tool = table.get("tool")
        table = tool.get("asl-lint") if isinstance(tool, dict) else None
        if table is None:
            return None
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: asl-lint must be a table.")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READERS:
            raise SettingsError(f"{file}: there is no setting '{key}'; there are {', '.join(_READERS)}.")
        try:
            values[key.replace("-", "_")] = _READERS[key](value)
        except ValueError as error:
            raise SettingsError(f"{file}: '{key}' {error}") from error
    settings = replace(Settings(file.parent), **values)
    return replace(settings, baseline=file.parent / settings.baseline) if settings.baseline else settings


def codes(value: Any) -> tuple[str, ...]:
    """Return the rules that a list names. Raises ValueError, with the rest of a sentence."""
    listed = _texts(value)
    for code in listed:
        if code not in RULES and code != ALL:
            raise ValueError(f"names '{code}', which is no rule.{did_you_mean(code)}")
    return listed


def _profiles(value: Any) -> tuple[str, ...]:
    return _known(_texts(value), PROFILES, "profile")


def _known(values: tuple[str, ...], known: Iterable[str], what: str) -> tuple[str, ...]:
    for value in values:
        if value not in known:
            raise ValueError(f"names '{value}', which is no {what}; there is {' and '.join(known)}.")
    return values


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings.")
    return tuple(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false.")
    return value


def _path(value: Any) -> Path:
    if not isinstance(value, str):
        raise ValueError("must be a path.")
    return Path(value)


def _by_glob(reader: Callable[[Any], Any]) -> Callable[[Any], Mapping[str, Any]]:
    def read_table(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("must be a table by glob.")
        return {glob: reader(item) for glob, item in value.items()}

    return read_table


def _type(value: Any) -> str:
    if value not in TYPES:
        raise ValueError("must give STANDARD or EXPRESS for each glob.")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "select": codes,
    "ignore": codes,
    "profiles": _profiles,
    "exclude": _texts,
    "strict": _boolean,
    "baseline": _path,
    "types": _by_glob(_type),
    "per-file-ignores": _by_glob(codes),
}
