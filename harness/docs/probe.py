"""docs/probe.md: the questions of `make probe`."""

from __future__ import annotations

import json
from typing import Any

from harness.docs.markdown import table
from harness.probe.probes import OF_THE_AGENT, PROBES, WITH_AGENTS
from harness.probe.values import VALUES

INTRODUCTION = """\
# What is asked of a real AWS

`make probe ENV=dev` (or `DIRECTORY=…`, where the module was applied) asks these questions in the account of an applied
stack, and shows each answer beside what the module assumes. It takes some minutes.

For that it makes state machines, a copy of the workflow's role, and a log group, all named after the stack with
`-probe-` behind it, and deletes them when it ends, whatever happens. Documents, records, dead letters and circuits stay
as they are; one metric named `Probe` appears in the module's namespace.

Whoever runs it needs what applying the module needs ([permissions.md](permissions.md)), and `states:StartSyncExecution`
(for STANDARD `states:StartExecution` and `states:DescribeExecution`), `ssm:GetParameter`, `logs:FilterLogEvents` and
`cloudwatch:ListMetrics`.

## How long a call may last

What decides most is asked of AgentCore alone, since no other service says anything about it. It needs an agent that
answers: `python -m harness probe --print-agent` prints one. Serve it as a runtime of yours over HTTP (the probe deploys
nothing), and name it:

```sh
python -m harness probe --print-agent > probe_agent.py
make probe ENV=dev AGENT=arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/probe-0123456789
```

Then the first questions of the table are asked, in about six minutes, and the last lines are the verdict, to paste:
*apply as it is*, or `call_seconds = 50` where a call of 70 s was cut after 60. Without `AGENT` the verdict is what is
right either way. A runtime without traffic has no metrics yet: call it once before.

## Questions

No agent of the workflow is called, unless `CALL_AGENTS=s3://bucket/BANK/confirmation.pdf` names a document: pdf-adapter
then reads that one, once.

Exit code 0: every answer agrees. 1: one differs, or AWS refused the question."""


def render() -> str:
    """Return the document."""
    rows = ((probe.question, _text(probe.assumed), probe.matters) for probe in (*OF_THE_AGENT, *PROBES, *WITH_AGENTS))
    values = ((f"`{expression}`", f"`{json.dumps(value)}`") for expression, value in VALUES.items())
    return (
        "\n\n".join(
            [
                INTRODUCTION,
                table(("question", "assumed", "what depends on it"), rows),
                "## Expressions",
                table(("JSONata", "assumed"), values),
            ]
        )
        + "\n"
    )


def _text(assumed: Any) -> str:
    return "[below](#expressions)" if assumed is VALUES else f"`{json.dumps(assumed)}`"
