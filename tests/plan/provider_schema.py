"""The arguments and attributes of a version of the AWS provider, from the types in the npm package of CDKTF.

The package is fetched with npm and kept under build/. It knows types, arguments, attributes, which arguments are
required and which are blocks; it does not know deprecations and the checks of values.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from harness.locks import exclusive
from harness.paths import BUILD
from tests.npm import pack

PACKAGE, PACKAGE_VERSION = "@cdktf/provider-aws", "21.22.1"
PROVIDER_VERSION = "6.25.0"

META_ARGUMENTS = {"count", "depends_on", "for_each", "lifecycle", "provider"}
_MARKS = re.compile(r"^__.*__$")  # python-hcl2's own
_INTERFACE = re.compile(r"^export interface (\w+) .*?\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PROPERTY = re.compile(
    r"/\*\*\n(?P<comment>(?:    \*[^\n]*\n)+?)    \*/\n    readonly \w+(?P<optional>\??): (?P<type>\w*)", re.MULTILINE
)
_ATTRIBUTE = re.compile(r"/(?:resources|data-sources)/\w+#(\w+) ")
_GETTER = re.compile(r"^    get (\w+)\(\)", re.MULTILINE)
_REFERENCE = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.\w+(?:\[[^\]]*\])?\)?(?:\[[^\]]*\])?\.(\w+)")


@dataclass(frozen=True)
class Block:
    """The arguments of a block: whether each is required, and the nested blocks."""

    required: Mapping[str, bool] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)


@dataclass(frozen=True)
class Type:
    """A resource type or data source: its arguments, and the names of all its attributes in camel case."""

    arguments: Block
    attributes: frozenset[str]


def fetch() -> Path:
    """Return the package as npm packs it. Raises Unavailable without npm or without its registry."""
    archive = BUILD / "provider-schema" / f"{PACKAGE_VERSION}.tgz"
    with exclusive(BUILD / "provider-schema.lock"):
        if archive.exists():
            return archive
        pack(PACKAGE, PACKAGE_VERSION, archive.parent).rename(archive)
    return archive


@cache
def types() -> Mapping[str, str]:
    """Return the declarations of all types as TypeScript, by `aws_…` and `data.aws_…`. Raises Unavailable."""
    found = {}
    with tarfile.open(fetch()) as archive:
        for member in archive:
            if member.name.startswith("package/lib/") and member.name.endswith("/index.d.ts"):
                text = archive.extractfile(member).read().decode()
                if kind := re.search(r'tfResourceType = "(\w+)"', text):
                    data = member.name.startswith("package/lib/data-")
                    found[f"{'data.' if data else ''}{kind[1]}"] = text
    return found


@cache
def type_of(kind: str) -> Type | None:
    """Return a type by its name, None where the provider has none. Raises Unavailable."""
    text = types().get(kind)
    if text is None:
        return None
    interfaces = dict(_INTERFACE.findall(text))
    main = re.search(r"export declare class (\w+) extends cdktf\.Terraform(?:Resource|DataSource)", text)
    body = text[main.start() :]
    return Type(_block(f"{main[1]}Config", interfaces), frozenset(_GETTER.findall(body)))


def _block(name: str, interfaces: Mapping[str, str]) -> Block:
    required, blocks = {}, {}
    for found in _PROPERTY.finditer(interfaces[name]):
        attribute = _ATTRIBUTE.search(found["comment"])[1]
        required[attribute] = not found["optional"]
        if f"* {attribute} block\n" in found["comment"]:
            blocks[attribute] = _block(found["type"], interfaces)
    return Block(required, blocks)


def complaints(text: str) -> Iterator[str]:
    """Yield what HCL code uses and the provider does not have, or requires and the code lacks. Raises Unavailable."""
    parsed = hcl2.loads(text)
    for keyword, prefix in (("resource", ""), ("data", "data.")):
        for declared in parsed.get(keyword, ()):
            for quoted, named in declared.items():
                kind = f"{prefix}{quoted.strip(chr(34))}"
                if not kind.startswith(("aws_", "data.aws_")):
                    continue
                known = type_of(kind)
                if known is None:
                    yield f"there is no {kind}"
                    continue
                for name, body in named.items():
                    yield from _wrong(f"{kind}.{name.strip(chr(34))}", body, known.arguments, META_ARGUMENTS)
    for data, kind, attribute in set(_REFERENCE.findall(text)):
        known = type_of(f"{data}{kind}")
        if known and _camel(attribute) not in known.attributes:
            yield f"{data}{kind} has no attribute {attribute}"


def _wrong(where: str, body: Mapping[str, Any], known: Block, meta: set[str] = frozenset()) -> Iterator[str]:
    present = {name: value for name, value in body.items() if not _MARKS.match(name) and name not in {*meta, "dynamic"}}
    dynamic = [
        (name.strip('"'), block) for each in body.get("dynamic", ()) for name, block in each.items() if name[0] == '"'
    ]
    for name in sorted({*present, *(name for name, _ in dynamic)} - set(known.required)):
        yield f"{where} has no argument {name}"
    for name in sorted(name for name, required in known.required.items() if required and name not in present):
        yield f"{where} needs the argument {name}"
    contents = [(name, block) for name, value in present.items() if _is_block(value) for block in value]
    contents += [(name, block) for name, each in dynamic for block in each["content"]]
    for name, block in contents:
        if name in known.blocks:
            yield from _wrong(f"{where}.{name}", block, known.blocks[name])
        elif name in known.required:
            yield f"{where}.{name} is no block"
    for name in sorted(present.keys() & known.blocks.keys()):
        if not _is_block(present[name]):
            yield f"{where}.{name} is a block"


def _is_block(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "__is_block__" in each for each in value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
