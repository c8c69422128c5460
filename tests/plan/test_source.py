"""The Terraform code's own rules, on the module, the modules inside it and the examples; each shown to fail once."""

import functools
import re
from pathlib import Path

import hcl2
import pytest

from harness.paths import ROOT

MODULES = [ROOT, *sorted(path.parent for path in ROOT.glob("modules/*/main.tf"))]
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/main.tf"))
TEMPLATES = ROOT / "statemachine"
AGENT_RUNTIME = ROOT / "modules" / "agent-runtime"  # the only one whose resources begin with version 6 of the provider

SENTENCE = re.compile(r'"[A-Z].*\."', re.DOTALL)
ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
ARN = re.compile(r"arn:aws")


parsed = functools.cache(hcl2.loads)  # each rule reads the same files


def blocks(directory: Path, kind: str, file: str = "*.tf"):
    """Yield the name and the body of each block of a kind, in the order of its file."""
    for path in sorted(directory.glob(file)):
        for block in parsed(path.read_text()).get(kind, ()):
            for name, body in block.items():
                yield name.strip('"'), body


def is_described(directory):
    for kind in ("variable", "output"):
        for name, body in blocks(directory, kind):
            if not SENTENCE.fullmatch(body.get("description", "")):
                yield f"{kind} {name} is not described by a sentence"


def is_typed(directory):
    for name, body in blocks(directory, "variable"):
        if re.search(r"\bany\b", body.get("type", "any")):
            yield f"variable {name} has no type, or any"


def documents_null(directory):
    """A variable takes null only where null is what it defaults to."""
    for name, body in blocks(directory, "variable"):
        if (body.get("nullable") is False) == ("default" in body and body["default"] is None):
            yield f"variable {name} should be nullable = false or default to null"


def is_sorted(directory):
    for kind in ("variable", "output"):
        names = [name for name, _ in blocks(directory, kind)]
        if names != sorted(names):
            yield f"the {kind}s are not in alphabetical order"
        if names != [name for name, _ in blocks(directory, kind, f"{kind}s.tf")]:
            yield f"a {kind} is not in {kind}s.tf"


def explains_refusals(directory):
    text = "".join(path.read_text() for path in directory.glob("*.tf"))
    for message in re.findall(r"error_message *= *(.*)", text):
        if not SENTENCE.fullmatch(message):
            yield f"{message} is no sentence"


def names_no_account_and_no_arn(directory):
    for path in (*directory.glob("*.tf"), *directory.glob("*.tftpl"), *directory.glob("*.json")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if ACCOUNT.search(line) or ARN.search(line):
                yield f"{path.name}:{number} names an account or an ARN"


def cites_the_page_of_each_permission(directory):
    for path in directory.glob("*.tf"):
        *before, _ = re.split(r"^  statement \{$", path.read_text(), flags=re.MULTILINE)
        for text in before:
            comments = re.search(r"(?:^ *#.*\n)*\Z", text, re.MULTILINE)[0]
            if "https://docs.aws.amazon.com/" not in comments:
                yield f"{path.name}: a statement cites no page of AWS's documentation"


def reads_the_region_without_a_warning(directory):
    """Each attribute of aws_region with its name is missing in version 5 of the provider or deprecated in 6."""
    for path in directory.glob("*.tf"):
        if "aws_region." in path.read_text():
            yield f"{path.name} reads aws_region: take the region from aws_service_principal"


def needs_the_same_versions_as_the_module(directory):
    expected = _versions(AGENT_RUNTIME if directory == AGENT_RUNTIME else ROOT)
    if _versions(directory) != expected:
        yield "versions.tf differs from the module's"


def _versions(directory):
    path = directory / "versions.tf"
    (settings,) = parsed(path.read_text())["terraform"] if path.exists() else ({},)
    return settings.get("required_version"), settings.get("required_providers")


RULES = (
    is_described,
    is_typed,
    documents_null,
    is_sorted,
    explains_refusals,
    names_no_account_and_no_arn,
    cites_the_page_of_each_permission,
    reads_the_region_without_a_warning,
    needs_the_same_versions_as_the_module,
)

GOOD = """\
variable "name" {
  description = "Name of everything."
  type        = string
  nullable    = false
}
"""
OUTPUT = 'output "{}" {{\n  description = "A name."\n  value       = var.name\n}}\n'
VERSIONS = (ROOT / "versions.tf").read_text()

# What breaks each rule: a file, and what is in it.
BREAKS = (
    (is_described, "variables.tf", GOOD.replace('  description = "Name of everything."\n', "")),
    (is_described, "variables.tf", GOOD.replace("Name of everything.", "name")),
    (is_described, "outputs.tf", 'output "name" {\n  value = var.name\n}\n'),
    (is_typed, "variables.tf", GOOD.replace("  type        = string\n", "")),
    (is_typed, "variables.tf", GOOD.replace("string", "any")),
    (is_typed, "variables.tf", GOOD.replace("string", "map(object({ value = optional(any) }))")),
    (documents_null, "variables.tf", GOOD.replace("  nullable    = false\n", "")),
    (documents_null, "variables.tf", GOOD.replace("}", "  default     = null\n}")),
    (is_sorted, "variables.tf", GOOD + GOOD.replace('"name"', '"alias"')),
    (is_sorted, "outputs.tf", OUTPUT.format("name") + OUTPUT.format("alias")),
    (is_sorted, "main.tf", GOOD),
    (explains_refusals, "main.tf", 'error_message = "wrong name"\n'),
    (explains_refusals, "main.tf", "error_message = local.message\n"),
    (names_no_account_and_no_arn, "main.tf", 'locals {\n  account = "210987654321"\n}\n'),
    (names_no_account_and_no_arn, "main.tf", 'locals {\n  policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"\n}\n'),
    (names_no_account_and_no_arn, "call.asl.json.tftpl", '{ "Resource": "arn:aws:states:::sqs:sendMessage" }\n'),
    (cites_the_page_of_each_permission, "main.tf", 'data "aws_iam_policy_document" "role" {\n  statement {\n  }\n}\n'),
    (reads_the_region_without_a_warning, "main.tf", "locals {\n  region = data.aws_region.current.id\n}\n"),
    (needs_the_same_versions_as_the_module, "versions.tf", VERSIONS.replace(">= 1.11", ">= 1.5")),
    (needs_the_same_versions_as_the_module, "versions.tf", VERSIONS.replace(">= 5.100", "~> 5.0")),
)


@pytest.mark.parametrize("directory", [*MODULES, *EXAMPLES, TEMPLATES], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_keeps_its_rules(directory):
    rules = [names_no_account_and_no_arn] if directory == TEMPLATES else RULES
    assert [complaint for rule in rules for complaint in rule(directory)] == []


@pytest.mark.parametrize(("rule", "file", "text"), BREAKS)
def test_the_rule_can_fail(tmp_path, rule, file, text):
    for name, good in (("variables.tf", GOOD), ("outputs.tf", OUTPUT.format("name")), ("versions.tf", VERSIONS)):
        (tmp_path / name).write_text(good)
    assert list(rule(tmp_path)) == []
    (tmp_path / file).write_text(text)
    assert list(rule(tmp_path))
