"""Each state of the rendered state machines, tried by TestState with mocks that AWS's service models accept."""

import json
from pathlib import Path

import pytest

from harness.embedded import launch
from harness.render import render
from tests.states.walk import ANY, Failed, Walk, states_in

TABLES = {file.stem: json.loads(file.read_text()) for file in sorted(Path(__file__).parent.glob("*.json"))}
for _table in TABLES.values():  # with other variables it makes the same calls, unless its table says otherwise
    _extended = TABLES.get(_table.get("extends"), {})
    _table["mocks"] = _extended.get("mocks", {}) | _table["mocks"]
    _table.setdefault("input", _extended.get("input"))
SCENARIOS = [(machine, name) for machine, table in TABLES.items() for name in table["scenarios"]]
BLOCKS = [
    (machine, block, name)
    for machine, table in TABLES.items()
    for block in table.get("of_each_block", ())
    for name in table["blocks"]
]
ATTEMPTS = 99  # more than any retrier makes


@pytest.fixture(scope="module")
def client():
    with launch(leaps=True) as endpoint:
        yield endpoint.client("stepfunctions")


@pytest.fixture(scope="module")
def machines():
    """The definition of each table's state machine."""
    rendered = render({name: table.get("variables", {}) for name, table in TABLES.items()})
    return {name: json.loads(rendered[name][TABLES[name].get("of", name)].definition) for name in TABLES}


@pytest.fixture(scope="module")
def walks(client, machines):
    """Every scenario walked to its end, by state machine and name, and how it ended."""
    return {scenario: _walked(client, machines[scenario[0]], *scenario) for scenario in SCENARIOS}


def _walked(client, definition, machine, name):
    table = TABLES[machine]
    scenario = table["scenarios"][name]
    walk = Walk(client, definition, table["mocks"] | scenario.get("mocks", {}), scenario.get("after"))
    try:
        return walk, *walk.run(scenario.get("input", table["input"]))
    except Failed as failed:
        return walk, failed.output["error"], json.loads(failed.output["cause"])


@pytest.mark.parametrize(("machine", "name"), SCENARIOS)
def test_scenario_is_walked_state_by_state(walks, machine, name):
    walk, end, output = walks[machine, name]
    scenario = TABLES[machine]["scenarios"][name]
    assert end == scenario.get("ends", scenario.get("fails")), output
    assert scenario.get("output", {}).items() <= output.items()
    assert [state for state in scenario["through"] if state not in walk.visited] == []


@pytest.mark.parametrize(("machine", "block", "name"), BLOCKS)
def test_block_is_walked_state_by_state(walks, machine, block, name):
    table = TABLES[machine]
    case = table["blocks"][name]
    _, tested = _block(walks, machine, block, name)
    if "error" in case:
        assert json.loads(tested["cause"])["error"] == case["error"]
    assert tested["status"] == case.get("status", "CAUGHT_ERROR")


def _block(walks, machine, block, name):
    """Walk a block again, from where a scenario entered it, with other mocks and variables."""
    case = TABLES[machine]["blocks"][name]
    own = (walks[scenario][0] for scenario in SCENARIOS if scenario[0] == machine)
    walk = next(walk for walk in own if block in walk.arrivals)
    mocks = {f"{block}.{state}": mock for state, mock in case.get("mocks", {}).items()}
    again = walk.again(mocks)
    value, variables = walk.arrivals[block]
    tested = again.visit(block, value, variables | case.get("variables", {}))
    assert [state for state in case["through"] if f"{block}.{state}" not in again.visited] == []
    return again, tested


@pytest.mark.parametrize("machine", TABLES)
def test_every_state_is_visited_and_its_handlers_are_tried(walks, machines, machine):
    """Each error that a Retry or a Catch names is retried as often as that says, and then goes where that says."""
    visits = [walk for (owner, _), (walk, _, _) in walks.items() if owner == machine]
    visits += [_block(walks, *case)[0] for case in BLOCKS if case[0] == machine]
    arrivals = {name: (walk, *arrival) for walk in visits for name, arrival in walk.arrivals.items()}
    extended = dict(states_in(machines[TABLES[machine].get("extends", machine)]))
    states = dict(states_in(machines[machine]))
    if "extends" in TABLES[machine]:
        states = {name: state for name, state in states.items() if name not in extended}
    assert sorted(states.keys() - arrivals.keys()) == []
    problems = [
        f"{name}: {error}: {problem}"
        for name, state in states.items()
        for error in _named(state)
        for problem in _problems(*arrivals[name], name, state, error)
    ]
    assert problems == []


def _named(state):
    """Return the errors that the handlers of a state name."""
    handlers = [*state.get("Retry", ()), *state.get("Catch", ())]
    return {ANY if name == "States.ALL" else name for handler in handlers for name in handler["ErrorEquals"]}


def _problems(walk, value, variables, name, state, error):
    """Yield where an error is handled otherwise than the definition says: before any retry, and after all of them."""
    mock = {"errorOutput": {"error": error, "cause": "Mocked."}}
    retrier, catcher = (_first(state.get(kind, ()), error) for kind in ("Retry", "Catch"))
    for attempt in (0, ATTEMPTS):
        tested = walk.test(name, value, variables, mock=mock, stateConfiguration={"retrierRetryCount": attempt})
        details = tested["inspectionData"].get("errorDetails", {})
        if retrier is not None and attempt < state["Retry"][retrier].get("MaxAttempts", 3):
            expected = ("RETRIABLE", retrier, None)
            found = (tested["status"], details.get("retryIndex"), tested.get("nextState"))
        elif catcher is not None:
            expected = ("CAUGHT_ERROR", catcher, state["Catch"][catcher]["Next"])
            found = (tested["status"], details.get("catchIndex"), tested.get("nextState"))
        else:
            expected, found = ("FAILED", error), (tested["status"], tested["error"])
        if found != expected:
            yield f"{found} instead of {expected}: {tested.get('cause')}"


def _first(handlers, error):
    """Return the index of the first handler that means an error, None where there is none."""
    return next((at for at, one in enumerate(handlers) if {error, "States.ALL"} & set(one["ErrorEquals"])), None)
