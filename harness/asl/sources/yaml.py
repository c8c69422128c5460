"""YAML as a JSON value, with the place of each part. Needs PyYAML, which the core does not install."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.asl.document import Place, nearest, repeated_key
from harness.asl.sources.definition import Parsed, UnreadableError

_TEXT_TAGS = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:merge")
_DEEPEST = 200  # levels
_MOST_PARTS = 1_000_000
_FUNCTIONS = {"Ref": "Ref", "Condition": "Condition"}  # the short tags that are not Fn::NAME


def read(text: str) -> Parsed:
    """Read YAML; a short tag such as `!Sub` becomes the function that it abbreviates, `{"Fn::Sub": …}`.

    Raises UnreadableError where PyYAML is missing, and ValueError, with a sentence, where the text is no YAML.
    """
    try:
        import yaml
    except ImportError:
        message = "YAML needs PyYAML, which the extra `yaml` of this package installs"
        raise UnreadableError(message) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = _composed(yaml, loader)
        places: dict[str, Place] = {}
        result = Parsed(None, lambda path: nearest(places, path, Place()))
        if node is not None:
            result.value = _Reader(loader, text.splitlines(), result, places).value(node, "")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ValueError(f"Not YAML{where}: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"Not YAML: {' '.join(str(error).split())}.") from error
    finally:
        loader.dispose()
    return result


def _composed(yaml: Any, loader: Any) -> Any:
    """Return the node of the only document, None of an empty one.

    Made of events, since PyYAML's own composer written in C dies of a document that is nested deeply.
    """
    anchors: dict[str, Any] = {}
    around: list[Any] = []
    root = None
    documents = 0
    while loader.check_event():
        event = loader.get_event()
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise ValueError("there is a second document in it")
                continue
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                around.pop()
                continue
            case yaml.AliasEvent():
                node = anchors.get(event.anchor)
                if node is None:
                    raise ValueError(f"nothing is named by the alias '{event.anchor}'")
            case yaml.ScalarEvent():
                tag = event.tag
                if tag is None or tag == "!":
                    tag = loader.resolve(yaml.ScalarNode, event.value, event.implicit)
                node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                kind = yaml.MappingNode if isinstance(event, yaml.MappingStartEvent) else yaml.SequenceNode
                tag = event.tag if event.tag and event.tag != "!" else loader.resolve(kind, None, event.implicit)
                node = kind(tag, [], event.start_mark, event.end_mark)
            case _:
                continue
        if getattr(event, "anchor", None) and not isinstance(event, yaml.AliasEvent):
            anchors[event.anchor] = node
        if not around:
            root = node
        elif around[-1].id == "sequence":
            around[-1].value.append(node)
        elif around[-1].value and len(around[-1].value[-1]) == 1:
            around[-1].value[-1] += (node,)
        else:
            around[-1].value.append((node,))
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            around.append(node)
            if len(around) > _DEEPEST:
                raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    return root


class _Reader:
    """Makes values of nodes, and notes where they were."""

    def __init__(self, loader: Any, lines: list[str], result: Parsed, places: dict[str, Place]) -> None:
        self.loader, self.lines, self.result, self.places = loader, lines, result, places
        self.around: set[int] = set()
        self.parts = 0

    def value(self, node: Any, path: str) -> Any:
        self.parts += 1
        if self.parts > _MOST_PARTS:
            raise ValueError("its aliases make it too large")
        self.places.setdefault(path, Place(node.start_mark.line + 1, node.start_mark.column + 1))
        if not node.tag.startswith("!") or node.tag == "!":
            return self.plain(node, path)
        name = node.tag[1:]
        function = _FUNCTIONS.get(name, f"Fn::{name}")
        inner = self.plain(node, f"{path}/{function}", is_tagged=True)
        if function == "Fn::GetAtt" and isinstance(inner, str):
            inner = inner.split(".", 1)
        return {function: inner}

    def plain(self, node: Any, path: str, *, is_tagged: bool = False) -> Any:
        if id(node) in self.around:
            raise ValueError("an alias is inside what it names")
        self.around.add(id(node))
        try:
            if node.id == "mapping":
                return self.mapping(node, path)
            if node.id == "sequence":
                return [self.value(item, f"{path}[{number}]") for number, item in enumerate(node.value)]
            return self.scalar(node, path, is_tagged=is_tagged)
        finally:
            self.around.discard(id(node))

    def mapping(self, node: Any, path: str) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged = self.plain(value_node, path)
                for one in merged if isinstance(merged, list) else [merged]:
                    found |= {key: value for key, value in one.items() if key not in found}
                continue
            key = str(key_node.value)
            place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            self.places[f"{path}/{key}"] = place
            value = self.value(value_node, f"{path}/{key}")
            if key in found:
                self.result.problems.append(repeated_key(f"{path}/{key}"))
            found[key] = value
        return found

    def scalar(self, node: Any, path: str, *, is_tagged: bool) -> Any:
        if node.style == "|":
            line = node.start_mark.line + 1
            filled = (text for text in self.lines[line : node.end_mark.line + 1] if text.strip())
            first = next(filled, "")
            self.result.blocks[path] = (line + 1, len(first) - len(first.lstrip(" ")))
        if is_tagged or node.tag in _TEXT_TAGS:
            return node.value
        return self.loader.construct_object(node)
