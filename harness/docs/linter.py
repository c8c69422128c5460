"""docs/linter.md: the rules of the state machine linter."""

from __future__ import annotations

from harness.asl import RULES
from harness.docs.markdown import table

INTRODUCTION = """\
# The state machine linter

`python -m harness lint FILE…` checks definitions in the Amazon States Language, JSONata and JSONPath, without an AWS
account. `make lint` runs it on the state machines that the module renders, and the embedded AWS answers its findings
where Terraform asks AWS to validate a definition, so that `terraform plan` shows them.

- `--type EXPRESS` adds the limits of Express. The default is STANDARD.
- `--format json` prints a list of findings: file, severity, path in the definition, code, message.
- Exit code 0: no errors. 1: errors; with `--strict`, warnings too. 2: a file cannot be read.

An **error** is what AWS refuses, or what can only go wrong there. A **warning** is what AWS accepts and a reader should
look at. The code links to the page of the documentation that the rule comes from.

`tests/asl/naive` keeps a workflow of agents as it is first written down, and the same one mended, into which a test
puts each of its faults alone. `--strict` fails on every one. Without it two of them pass as warnings: a call that
nothing retries or catches, and a failure that ends as a success."""


def render() -> str:
    """Give the document."""
    rows = ((f"[{rule.code}]({rule.page})", rule.severity.lower(), rule.title) for rule in RULES.values())
    return f"{INTRODUCTION}\n\n{table(('rule', 'severity', 'what it asks for'), rows)}\n"
