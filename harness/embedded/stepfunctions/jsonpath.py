"""JSONPath, the query language of states that say no other: paths, payload templates and what fails in them.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
The causes are worded as AWS was seen to word them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.embedded.json_values import is_number
from harness.embedded.stepfunctions import choices, intrinsics, paths
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.intrinsics import IntrinsicError
from harness.embedded.stepfunctions.journal import dumps
from harness.embedded.stepfunctions.path_filters import PathError

if TYPE_CHECKING:
    from harness.embedded.stepfunctions.visit import Outcome, Visit

_WITH_RESULT = frozenset({"Map", "Parallel", "Task"})  # kinds of states that have a result of their own
_NO_VALUE = "The {field} parameter does not reference an input value: {path}"
_NOT_FOUND = "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
# The message about a field's path that leads nowhere, where it is not "Invalid path".
_MISSING = {"SecondsPath": _NO_VALUE, "TimestampPath": _NO_VALUE, "ErrorPath": _NOT_FOUND, "CausePath": _NOT_FOUND}
# The messages about a value that cannot be used.
_UNUSABLE = {
    "CausePath": "CausePath must resolve to a string",
    "ErrorPath": "ErrorPath must resolve to a string",
    "ItemsPath": 'Reference path "{path}" must point to array.',
    "MaxConcurrencyPath": 'The MaxConcurrencyPath field refers to value "{value}" which is not a valid integer: {path}',
    "SecondsPath": "The SecondsPath parameter cannot be parsed as a long value: {path} == {value}",
    "Timestamp": "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string: "
    "{value}",
    "TimestampPath": "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
    "string: {path} == {value}",
    "ToleratedFailureCountPath": 'The ToleratedFailureCountPath field refers to value "{value}" which is not a valid '
    "integer: {path}",
    "ToleratedFailurePercentagePath": 'The ToleratedFailurePercentagePath field refers to value "{value}" which is not '
    "a valid float: {path}",
}
_NEGATIVE = {
    "MaxConcurrency": "Expected non-negative integer for MaxConcurrency, got '{value}' instead.",
    "SecondsPath": "The SecondsPath parameter references a negative value: {path} == {value}",
    "ToleratedFailureCount": "ToleratedFailureCount cannot be negative.",
    "ToleratedFailurePercentage": "ToleratedFailurePercentage must be between 0 and 100.",
}
_TEMPLATES = {"BatchInput": "BatchInput", "Parameters": "Arguments"}  # inside other fields, and their names in JSONata
_FROM_TEXT = frozenset({"MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"})


class JsonPath:
    """Evaluates the fields of a state in JSONPath; what it names as JSONata does is looked up by its name here."""

    def evaluate(self, visit: "Visit", name: str, default: Any) -> Any:
        """Return the value of a field, by its name in JSONata. Raises StateError."""
        state = visit.state
        match name:
            case "Arguments":
                effective = self._effective(visit)
                if "Parameters" in state:
                    effective = self._template(visit, state["Parameters"], effective)
                return visit.note("afterParameters", effective)
            case "Items":
                return self._items(visit)
            case "ItemSelector":
                template = state.get("ItemSelector", state.get("Parameters"))
                return default if template is None else self._template(visit, template, self._effective(visit))
            case "ItemReader" | "ItemBatcher" | "ResultWriter":
                return self._nested(visit, state[name]) if name in state else default
        return self._value(visit, state, name, default)

    def choose(self, visit: "Visit") -> "Outcome":
        """Take the first choice that holds."""
        effective = self._effective(visit)

        def read(text: str) -> Any:
            try:
                return self._read(visit, text, effective)
            except PathError as error:
                raise LookupError(text) from error

        for rule in visit.state["Choices"]:
            try:
                is_chosen = choices.holds(rule, read)
            except LookupError as error:
                reason = (
                    f"Invalid path '{error.args[0]}': The choice state's condition path references an invalid value."
                )
                raise visit.runtime_error(reason) from error
            if is_chosen:
                return self._leave(visit, rule, effective, effective, rule["Next"])
        if "Default" not in visit.state:
            raise visit.no_choice()
        return self._leave(visit, visit.state, effective, effective, visit.state["Default"])

    def finish(self, visit: "Visit", result: Any) -> "Outcome":
        """Make the output of a state that did its work from its result and its input."""
        state = visit.state
        kind = state["Type"]
        if kind not in _WITH_RESULT | {"Pass"}:  # what is not noted here was not seen in TestState's responses
            result = self._effective(visit)
            return self._leave(visit, state, result, result, state.get("Next"))
        if "Result" in state:
            result = state["Result"]
        elif kind == "Pass":
            result = self.evaluate(visit, "Arguments", None)
        if kind == "Task" or "Result" in state:
            visit.note("result", result)
        output = self._template(visit, state["ResultSelector"], result) if "ResultSelector" in state else result
        output = visit.note("afterResultPath", self._put(visit, state, visit.note("afterResultSelector", output)))
        return self._leave(visit, state, output, result, state.get("Next"))

    def catch(self, visit: "Visit", index: int, error: StateError) -> "Outcome":
        """Make the output of a state whose catcher caught the error; it is not filtered by OutputPath."""
        catcher = visit.state["Catch"][index]
        output = self._put(visit, catcher, error.output)
        assigned = visit.limited(self._template(visit, catcher.get("Assign", {}), error.output))
        return visit.limited(output), assigned, catcher["Next"]

    def invalid(self, visit: "Visit", name: str, value: Any, reason: str) -> StateError:
        """Make the error of a field whose value cannot be used."""
        written = f"{name}Path" if f"{name}Path" in visit.state else name
        is_negative = is_number(value)
        message = (_NEGATIVE.get(written) or _NEGATIVE.get(name)) if is_negative else None
        text = value if isinstance(value, str) else dumps(value)
        path = visit.state.get(written, "$")
        path = path[1:] if path.startswith("$$") else path
        return visit.runtime_error((message or _UNUSABLE.get(written, reason)).format(path=path, value=text))

    def _leave(self, visit: "Visit", holder: Mapping[str, Any], output: Any, seen: Any, following: Any) -> "Outcome":
        """Filter the output by `OutputPath`, and assign: `$` is the state's result, or its input where it has none."""
        assigned = visit.limited(self._template(visit, holder.get("Assign", {}), seen))
        return visit.limited(self._filtered(visit, "OutputPath", output)), assigned, following

    def _effective(self, visit: "Visit") -> Any:
        return visit.note("afterInputPath", self._filtered(visit, "InputPath", visit.input))

    def _filtered(self, visit: "Visit", field: str, document: Any) -> Any:
        path = visit.state.get(field, "$")
        return {} if path is None else self._field(visit, field, path, document)

    def _items(self, visit: "Visit") -> Any:
        path, effective = visit.state.get("ItemsPath", "$"), self._effective(visit)
        try:
            items = self._read(visit, path, effective)
        except PathError as error:
            raise _conflict("States.ReferencePathConflict", path, effective) from error
        return visit.note("afterItemsPath", items) if isinstance(items, list) else items

    def _nested(self, visit: "Visit", holder: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate a field that is an object of fields, and name them as JSONata does."""
        fields: dict[str, Any] = {}
        for name, value in holder.items():
            if name in _TEMPLATES:
                fields[_TEMPLATES[name]] = self._template(visit, value, self._effective(visit))
            elif isinstance(value, dict):
                fields[name] = self._nested(visit, value)
            else:
                plain = name.removesuffix("Path")
                fields[plain] = self._value(visit, holder, plain, None)
        return fields

    def _value(self, visit: "Visit", holder: Mapping[str, Any], name: str, default: Any) -> Any:
        """Return a field's value, or what its path, the field with `Path` behind its name, leads to."""
        field = f"{name}Path"
        if field not in holder:
            return holder.get(name, default)
        value = self._field(visit, field, holder[field], self._effective(visit))
        if name in _FROM_TEXT and isinstance(value, str) and value.strip().lstrip("-").isdigit():
            return int(value)
        return value

    def _field(self, visit: "Visit", field: str, path: str, document: Any) -> Any:
        if path.startswith("States."):
            return self._call(visit, path, document)
        try:
            return self._read(visit, path, document)
        except PathError as error:
            wording = _MISSING.get(field, "Invalid path '{path}' : {problem}")
            reason = wording.format(path=path, field=field, input=dumps(document), problem=error)
            raise visit.runtime_error(reason) from error

    def _put(self, visit: "Visit", holder: Mapping[str, Any], result: Any) -> Any:
        path = holder.get("ResultPath", "$")
        if path is None:
            return visit.input
        try:
            return paths.parse(path).put(visit.input, result)
        except PathError as error:
            raise _conflict("States.ResultPathMatchFailure", path, visit.input) from error

    def _template(self, visit: "Visit", template: Any, document: Any) -> Any:
        """Evaluate a payload template: the values of keys that end in `.$`."""
        if isinstance(template, list):
            return [self._template(visit, item, document) for item in template]
        if not isinstance(template, dict):
            return template
        return {
            key[:-2] if key.endswith(".$") else key: self._dynamic(visit, key, value, document)
            if key.endswith(".$")
            else self._template(visit, value, document)
            for key, value in template.items()
        }

    def _dynamic(self, visit: "Visit", key: str, text: str, document: Any) -> Any:
        if text.startswith("States."):
            return self._call(visit, text, document)
        try:
            return self._read(visit, text, document)
        except PathError as error:
            if str(error).startswith("No results") and paths.parse(text).ends_in_an_index:
                return None  # an element that is not there
            shown = visit.context() if text.startswith("$$") else document
            raise visit.runtime_error(_NOT_FOUND.format(path=text, field=key, input=dumps(shown))) from error

    def _call(self, visit: "Visit", text: str, document: Any) -> Any:
        def read(path: str) -> Any:
            try:
                return self._read(visit, path, document)
            except PathError as error:
                shown = path[1:] if path.startswith("$$") else path
                missing = f"The JsonPath argument for the field '{shown}' could not be found in the input"
                problem = str(error) if str(error).startswith("Filter") else f"{missing} '{dumps(document)}'"
                reason = f"The function '{text}' had the following error: {problem}"
                raise visit.runtime_error(reason) from error

        try:
            return intrinsics.parse(text).evaluate(read)
        except IntrinsicError as error:
            reason = f"There was an error while evaluating the intrinsic function: {text}. {error}"
            raise visit.runtime_error(reason) from error

    def _read(self, visit: "Visit", text: str, document: Any) -> Any:
        """Return what a path leads to, in a document, a variable or the context object. Raises PathError."""
        path = paths.parse(text)
        if path.root == "$":
            return path.find(document)
        if path.root == "$$":
            return path.find(visit.context())
        if path.root not in visit.branch.variables:
            raise PathError(f"No results for path: ${path.root}")
        return path.find(visit.branch.variables[path.root])


def _conflict(name: str, path: str, document: Any) -> StateError:
    step = path.rpartition(".")[2] if "." in path else path
    return StateError(name, f'Unable to apply step "{step}" to input {dumps(document)}')
