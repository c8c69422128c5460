"""Walks through a state machine state by state with TestState, with mocks in place of all calls."""

import json
from collections import Counter
from datetime import UTC, datetime

ANY = "Any.Error"


class Failed(Exception):  # noqa: N818 - as the state is called
    """A state failed, and nothing caught it."""

    def __init__(self, error, cause):
        super().__init__(f"{error}: {cause}")
        self.output = {"error": error, "cause": cause}


class Walk:
    """One run of a state machine: its states are tested one after the other, with the variables of those before."""

    def __init__(self, client, definition, mocks, after=None):
        self._client = client
        self._after = after or {}  # by name: variables that others have by the time a state is left
        self._definition = definition
        self._states = dict(states_in(definition))
        language = definition["QueryLanguage"]
        self._texts = {name: json.dumps({"QueryLanguage": language, **state}) for name, state in self._states.items()}
        self._mocks = {name: list(mock) if isinstance(mock, list) else mock for name, mock in mocks.items()}
        self.visited = Counter()
        self.arrivals = {}  # by name: input and variables with which a state was entered first

    def run(self, value):
        """Walk to the end; returns the last state's name and its output. Raises Failed."""
        return self._part(self._definition, value, {})

    def again(self, mocks):
        """Return another walk through the same state machine, with some other mocks."""
        return Walk(self._client, self._definition, self._mocks | mocks)

    def visit(self, name, value, variables):
        """Test a state with its mock, and what is inside it, as often as it is retried."""
        return self._visit(name, self._states[name], value, variables)

    def test(self, name, value, variables, **members):
        """Test a state of the state machine; one that waits for its token gets one."""
        if self._states[name].get("Resource", "").endswith(".waitForTaskToken"):
            entered = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            members["context"] = json.dumps({"State": {"EnteredTime": entered}, "Task": {"Token": "T-1"}})
        tested = self._client.test_state(
            definition=self._texts[name],
            input=json.dumps(value),
            variables=json.dumps(variables),
            inspectionLevel="DEBUG",
            **members,
        )
        return tested | {name: json.loads(tested[name]) for name in ("output",) if name in tested}

    def _part(self, part, value, variables):
        name = part["StartAt"]
        while True:
            self.visited[name] += 1
            assert self.visited[name] < 100, f"{name} is entered again and again."
            self.arrivals.setdefault(name, (value, dict(variables)))
            tested = self._visit(name, part["States"][name], value, variables)
            if tested["status"] == "FAILED":
                raise Failed(tested.get("error", ""), tested.get("cause", ""))
            value, variables = tested["output"], json.loads(tested["inspectionData"].get("variables", "{}"))
            variables |= self._after.get(name, {})
            if "nextState" not in tested:
                return name, value
            name = tested["nextState"]

    def _visit(self, name, state, value, variables):
        for attempt in range(20):
            work = {"Task": self._call, "Parallel": self._branches, "Map": self._items}.get(state["Type"])
            if work is None:
                return self.test(name, value, variables)
            mock = work(name, state, value, variables, attempt)
            tested = self.test(name, value, variables, mock=mock, stateConfiguration={"retrierRetryCount": attempt})
            if tested["status"] != "RETRIABLE":
                return tested
        raise AssertionError(f"{name} is retried without end.")

    def _call(self, name, _state, _value, _variables, _attempt):
        """Return the mock of a Task, by its name or the end of it; a list is for one call after another."""
        mock = self._mocks.get(name, self._mocks.get(name.rpartition(".")[2]))
        assert mock is not None, f"The table has no mock of {name}."
        if isinstance(mock, list):
            mock = mock.pop(0) if len(mock) > 1 else mock[0]
        if isinstance(mock, str):
            return {"errorOutput": {"error": mock, "cause": f"{mock} (Status Code: 400)"}}
        return {"result": json.dumps(_encoded(mock))}

    def _branches(self, name, state, value, variables, attempt):
        probe = {"errorOutput": {"error": ANY, "cause": ""}}
        tested = self.test(name, value, variables, mock=probe, stateConfiguration={"retrierRetryCount": attempt})
        inner = json.loads(tested["inspectionData"].get("afterArguments", json.dumps(value)))
        try:
            results = [self._part(branch, inner, variables)[1] for branch in state["Branches"]]
        except Failed as failed:
            return {"errorOutput": failed.output}
        return {"result": json.dumps(results)}

    def _items(self, name, state, value, variables, _attempt):
        if "ItemSelector" in state:
            tested = self.test(name, value, variables, mock={"result": "[]"})
            items = json.loads(tested["inspectionData"]["afterItemSelector"])
        else:
            items = self._evaluated(state["Items"], value, variables)
        try:
            return {"result": json.dumps([self._part(state["ItemProcessor"], item, variables)[1] for item in items])}
        except Failed as failed:
            return {"errorOutput": failed.output}

    def _evaluated(self, expression, value, variables):
        definition = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": expression, "End": True}
        request = {"definition": json.dumps(definition), "input": json.dumps(value), "variables": json.dumps(variables)}
        return json.loads(self._client.test_state(**request)["output"])


def _encoded(mock):
    """Return a mocked result, in which the body of an agent's reply is written as an object."""
    if isinstance(mock.get("Response"), dict):
        return mock | {"Response": json.dumps(mock["Response"])}
    return mock


def states_in(part):
    """Yield the states of a state machine by name, at every depth."""
    for name, state in part["States"].items():
        yield name, state
        for inner in [*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])]:
            yield from states_in(inner)
