"""`make probe`: asks a real AWS what its documents leave open, and shows each answer beside what the module assumes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

from harness import target
from harness.probe import calls
from harness.probe.bench import Bench, bench
from harness.probe.probes import LONG_CALLS, OF_THE_AGENT, PROBES, WITH_AGENTS, Probe
from harness.progress import Steps
from harness.terminal import output

AGREES, DIFFERS, UNANSWERED = "as assumed", "different", "not answered"
MARKS = {AGREES: "✓", DIFFERS: "✗", UNANSWERED: "?"}


@dataclass(frozen=True)
class Finding:
    """The answer of AWS to a question: a JSON value, or an error where it could not be asked."""

    probe: Probe
    answer: Any
    error: str = ""

    @property
    def verdict(self) -> str:
        """Whether the answer agrees with the assumption."""
        if self.error:
            return UNANSWERED
        return AGREES if not list(self.differences()) else DIFFERS

    def differences(self) -> Iterator[tuple[Any, Any]]:
        """Yield what was assumed and what was found instead, field by field where only some fields differ."""
        assumed, answer = self.probe.assumed, self.answer
        if not isinstance(answer, dict) or not assumed.keys() & answer.keys():
            yield assumed, answer
            return
        for field, value in assumed.items():
            if answer.get(field) != value:
                yield {field: value}, {field: answer.get(field)}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "probe",
        help="ask a real AWS what its documents leave open",
        description="Makes state machines for the moment, a copy of the stack's role and a log group, asks AWS with "
        "them, and deletes them. Takes some minutes. Exit code 0: every answer agrees with what the module assumes.",
    )
    parser.add_argument(
        "--call-agents",
        metavar="DOCUMENT",
        help="call pdf-adapter once too, with this document (s3://…); without it no agent is called",
    )
    parser.add_argument(
        "--agent",
        metavar="ARN",
        help="ask first, of a runtime that serves the agent of --print-agent, how long a call may last",
    )
    parser.add_argument("--print-agent", action="store_true", help="print that agent's code, and ask nothing")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask every question, show the answers and return 1 unless all of them agree."""
    if args.print_agent:
        print(calls.AGENT.read_text(encoding="utf-8"), end="")
        return 0
    agent = calls.checked(args.agent) if args.agent else None
    stack = target.chosen(args, "state machines, a role and a log group are created and deleted there")
    probes = (*(OF_THE_AGENT if agent else ()), *PROBES, *(WITH_AGENTS if args.call_agents else ()))
    with bench(stack, args.call_agents, agent) as workbench, Steps("ask") as steps:
        steps.plan(len(probes))
        findings = []
        for probe in probes:
            steps.start(probe.question)
            findings.append(ask(probe, workbench))
            steps.finish(probe.question)
    console = output(wrap=False)
    code = show(findings, console)
    console.print("\n".join(("", *verdict(findings))))
    return code


def verdict(findings: list[Finding]) -> list[str]:
    """Return the lines that say with which settings to apply."""
    answers = {finding.probe: finding.answer for finding in findings if isinstance(finding.answer, dict)}
    long_calls = zip((calls.LONGER, calls.LONGEST), LONG_CALLS, strict=True)
    return calls.verdict([{"seconds": seconds, **answers.get(probe, {})} for seconds, probe in long_calls])


def ask(probe: Probe, workbench: Bench) -> Finding:
    """Ask one question."""
    try:
        return Finding(probe, probe.ask(workbench))
    except ClientError as error:
        return Finding(probe, None, str(error))


def show(findings: list[Finding], console: Console) -> int:
    """Print each finding beside its assumption; return 1 unless all agree."""
    for finding in findings:
        console.print(f"{MARKS[finding.verdict]} {finding.probe.question}")
        if finding.verdict == AGREES:
            console.print(f"    as assumed: {_text(finding.answer)}")
            continue
        console.print(f"    what depends on it: {finding.probe.matters}")
        if finding.error:
            console.print(f"    it could not be asked: {finding.error}")
            continue
        for assumed, found in finding.differences():
            console.print(f"    assumed: {_text(assumed)}\n    found:   {_text(found)}")
    verdicts = [finding.verdict for finding in findings]
    console.print(", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in MARKS if verdict in verdicts) + ".")
    return 0 if set(verdicts) == {AGREES} else 1


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}…"
