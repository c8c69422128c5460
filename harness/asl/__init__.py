"""A linter for the Amazon States Language that agrees with AWS: `lint(definition, workflow_type)` and its rules."""

from harness.asl.linter import lint
from harness.asl.machine import WorkflowType
from harness.asl.rules import RULES, Finding, Rule, Severity

__all__ = ["RULES", "Finding", "Rule", "Severity", "WorkflowType", "lint"]
