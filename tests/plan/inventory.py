"""What a plan of the module holds, as far as a kept inventory lists it: counts by type, and values by address and path.

    python -m tests.plan.inventory CASE…

writes the inventories of the named cases anew, each in the shape that it has: its paths stay, its values follow the
plan. A case is `cases/CASE.tfvars.json` beside `cases/CASE.json`. In an inventory null means that there is no such
value, or that it is known after apply only.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.embedded import launch
from harness.render import instances

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name.removesuffix(".tfvars.json") for path in CASES.glob("*.tfvars.json"))

Inventory = dict[str, dict[str, Any]]
Resources = Mapping[str, Mapping[str, Any]]  # by address


def read(case: str) -> Inventory:
    """Return the kept inventory of a case, an empty one where nothing is kept yet."""
    file = CASES / f"{case}.json"
    return json.loads(file.read_text()) if file.exists() else {"counts": {}, "values": {}}


def planned(
    cases: Sequence[str] = tuple(NAMES), spoil: Callable[[Path], None] = lambda _: None
) -> dict[str, Resources]:
    """Plan the module with each case's variables on an embedded AWS; return the resources and data of each case.

    `spoil` may change the copy of the module that is planned.
    """
    variables = {case: json.loads((CASES / f"{case}.tfvars.json").read_text()) for case in cases}
    with launch() as endpoint, instances(variables, endpoint.url) as workspace:
        spoil(workspace.copy)
        workspace.plan()
        plan = workspace.show(plan=True)
    return by_instance(plan)


def by_instance(plan: Mapping[str, Any]) -> dict[str, Resources]:
    """Return the resources and data of each module call of a plan, by its name, then by the address in it."""
    found: dict[str, dict[str, Any]] = {}
    for state in (plan["planned_values"], plan["prior_state"]["values"]):
        for resource in _resources(state["root_module"]):
            _, instance, address = resource["address"].split(".", 2)
            found.setdefault(instance, {})[address] = resource
    return found


def inventory(resources: Resources, listed: Inventory) -> Inventory:
    """Return the values of a plan that an inventory lists."""
    counts = Counter(resource["type"] for resource in resources.values() if resource["mode"] == "managed")
    return {
        "counts": {kind: counts[kind] for kind in listed["counts"]},
        "values": {
            address: {path: _value(resources[address]["values"], path) for path in paths}
            for address, paths in listed["values"].items()
            if address in resources
        },
    }


def differences(kept: Inventory, found: Inventory) -> Iterator[str]:
    """Yield the differences between an inventory and a plan, each as `what: kept → found`."""
    for kind, count in kept["counts"].items():
        if found["counts"][kind] != count:
            yield f"{kind}: {count} → {found['counts'][kind]}"
    for address, paths in kept["values"].items():
        values = found["values"].get(address)
        if values is None:
            yield f"{address}: kept → not planned"
            continue
        for path, value in paths.items():
            if values[path] != value:
                yield f"{address}.{path}: {json.dumps(value)} → {json.dumps(values[path])}"


def main(cases: Sequence[str]) -> int:
    """Write the inventories of the cases anew; 2 when one of them is no case."""
    if unknown := set(cases) - set(NAMES):
        print(f"There is no case {', '.join(sorted(unknown))}: choose among {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    if not cases:
        print(f"Which case? Choose among {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    for case, resources in planned(cases).items():
        text = json.dumps(inventory(resources, read(case)), indent=2)
        (CASES / f"{case}.json").write_text(f"{text}\n")
    return 0


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for inner in module.get("child_modules", ()):
        yield from _resources(inner)


def _value(value: Any, path: str) -> Any:
    """Return the value at a path like `routing_configuration.0.weight`."""
    try:
        for part in path.split("."):
            value = value[int(part) if part.isdigit() else part]
    except (KeyError, IndexError, TypeError):
        return None
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
