"""The documents made from the code, and the checks that the others agree with it. Each check is shown to fail once."""

import json
import re
import textwrap

import pytest

from harness import docs
from harness.benchmark.plans import Measured, Timed
from harness.docs import agents, benchmarks, errors, links, module, operations, policies, worth
from harness.docs.markdown import table
from harness.embedded.agentcore import scripts
from harness.embedded.stepfunctions.jsonata import evaluate
from harness.paths import DOCS, ROOT
from harness.version import install


@pytest.fixture
def generated(tmp_path, monkeypatch):
    """A folder of documents with two that are generated."""
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    monkeypatch.setattr(docs, "GENERATED", {"one.md": lambda: "one\n", "two.md": lambda: "two\n"})
    for check in (agents, errors, links, operations, worth):
        monkeypatch.setattr(check, "problems", lambda: iter(()))
    return tmp_path


def test_only_what_changed_is_written(generated):
    assert docs.write() == ["one.md", "two.md"]
    assert docs.write() == []
    (generated / "two.md").write_text("edited by hand\n")
    assert docs.write() == ["two.md"]
    assert (generated / "two.md").read_text() == "two\n"


def test_a_document_that_is_not_what_the_code_says_is_a_problem(generated):
    docs.write()
    assert list(docs.problems()) == []
    (generated / "one.md").write_text("edited by hand\n")
    (generated / "two.md").unlink()
    assert list(docs.problems()) == [
        "docs/one.md is not what the code says: run `make docs`.",
        "docs/two.md is not what the code says: run `make docs`.",
    ]


def test_an_alarm_needs_a_section_and_a_section_an_alarm(tmp_path, monkeypatch):
    document = tmp_path / "operations.md"
    document.write_text("## Alarms\n\n### `down`\n\n### `circuit-open`\n\n### `gone`\n")
    names = ["dev-down", "dev-circuit-open-pdf-adapter", "dev-circuit-open-trade-matching", "dev-dead-letters"]
    alarms = [{"type": operations.ALARMS[0], "change": {"after": {"alarm_name": name}}} for name in names]
    monkeypatch.setattr(operations, "DOCUMENT", document)
    monkeypatch.setattr(operations, "defaults", lambda: [*alarms, {"type": "aws_sqs_queue"}])
    assert list(operations.problems()) == [
        "docs/operations.md has no section ### `dead-letters`: say what it means, where to look and what to do.",
        "docs/operations.md has a section ### `gone`, but there is no such alarm.",
    ]


RAISES = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Retry": [{"ErrorEquals": ["BedrockAgentCore.ThrottlingException"]}],
            "Assign": {"verdict": "{% $sick ? { 'error': 'InOneBranch' } : ($good ? {} : { 'error': '' }) %}"},
            "Catch": [
                {
                    "ErrorEquals": ["DynamoDb.NotTold"],
                    "Assign": {
                        "plain": {"error": "Plain"},
                        "bound": "{% ( $error := $late ? 'Late' : $states.errorOutput.Error; { 'error': $error }) %}",
                        "inside": "{% $merge([$before, { 'error': 'Inside' }]) %}",
                    },
                }
            ],
        },
        "Block": {"Type": "Parallel", "Branches": [{"StartAt": "No", "States": {"No": {"Error": "Declared"}}}]},
        "Failed": {"Type": "Fail", "Error": "{% $verdict.error in ['NotRaised'] ? 'Computed' : $verdict.error %}"},
    },
}


def test_every_way_to_raise_an_error_is_seen():
    assert errors.errors_of(RAISES) == {
        "BedrockAgentCore.ThrottlingException",
        "Computed",
        "Declared",
        "InOneBranch",
        "Inside",
        "Late",
        "Plain",
    }


def test_an_error_that_nobody_explains_is_a_problem_and_the_reverse(monkeypatch):
    monkeypatch.setattr(errors, "definitions", lambda: {"workflow": {"States": {"Failed": {"Error": "New"}}}})
    monkeypatch.setattr(errors, "CLASSES", {"deferred": ["Rare"], "no_session": [], "lost": []})
    monkeypatch.setattr(errors, "CATALOGUE", {"Old": {}})
    assert list(errors.problems()) == [
        "harness/docs/errors.toml does not explain New, which a state machine raises.",
        "harness/docs/errors.toml does not explain Rare, which a state machine raises.",
        "harness/docs/errors.toml explains Old, which no state machine raises.",
    ]


@pytest.mark.parametrize(
    ("error", "retried_deferred_counts"),
    [
        ("AgentTimeout", ["no", "a few times", "yes"]),
        ("InvalidReply", ["yes", "a few times", "yes"]),
        ("BedrockAgentCore.ThrottlingException", ["yes", "until patience is over", "no"]),
        ("NoPlace", ["no", "until patience is over", "no"]),
        ("AgentRejected", ["no", "no", "no"]),
        ("BedrockAgentCore.AccessDeniedException", ["no", "no", "yes"]),
    ],
)
def test_the_row_of_an_error_says_whether_it_is_retried_deferred_and_counted(error, retried_deferred_counts):
    (row,) = [row for row in errors.render().splitlines() if row.startswith(f"| `{error}` |")]
    assert row.split(" | ")[2:5] == retried_deferred_counts


RETURNED = [
    pytest.param(agent, field, words, id=f"{agent}-{field}")
    for agent, contract in agents.WORDS.items()
    for field, words in contract["returns"].items()
]


@pytest.mark.parametrize(("agent", "field", "words"), RETURNED)
def test_a_returned_field_is_judged_as_its_words_say(agent, field, words):
    rule = agents.CONTRACTS[agent]["returns"][field]

    def accepts(**reply):
        bindings = {"reply": reply, "classifications": ["MATCHED", "PENDING", "BREAK"]}
        return evaluate("{% (" + rule + ") = true %}", bindings, field)

    assert [accepts(**{field: json.loads(value)}) for value in words["accepts"]] == [True] * len(words["accepts"])
    assert [accepts(**{field: json.loads(value)}) for value in words["refuses"]] == [False] * len(words["refuses"])
    assert [accepts(), accepts(**{field: None})] == [words.get("optional", False)] * 2


def test_a_field_of_an_agent_that_nobody_explains_is_a_problem_and_the_reverse(monkeypatch):
    monkeypatch.setattr(agents, "CONTRACTS", {"scanner": {"receives": {"path": "$p"}, "returns": {"pages": "true"}}})
    monkeypatch.setattr(agents, "WORDS", {"scanner": {"receives": {"path": "where"}, "returns": {"page": {}}}})
    assert list(agents.problems()) == [
        "harness/docs/agents.toml does not explain scanner.returns.pages, which is in statemachine/agents.json.",
        "harness/docs/agents.toml explains scanner.returns.page, which is not in statemachine/agents.json.",
    ]


def test_inputs_and_outputs_are_read_as_they_are_written(tmp_path):
    (tmp_path / "variables.tf").write_text(
        textwrap.dedent("""\
        variable "needed" {
          description = "Says \\"what\\"."
          type        = list(string)
        }

        variable "settings" {
          description = "Of everything."
          type = object({
            deep = optional(object({
              number = optional(number, 3)
            }), {})
          })
          default  = {}
          nullable = false
        }
        """)
    )
    (tmp_path / "outputs.tf").write_text('output "arn" {\n  description = "ARN."\n  value = local.arn\n}\n')
    needed, settings = module.variables(tmp_path)
    assert needed == module.Variable("needed", 'Says "what".', "list(string)", None)
    assert (settings.default, settings.is_long) == ("{}", True)
    assert settings.type.splitlines() == [
        "object({",
        "  deep = optional(object({",
        "    number = optional(number, 3)",
        "  }), {})",
        "})",
    ]
    assert module.outputs(tmp_path) == [module.Output("arn", "ARN.")]


def test_what_a_module_needs_is_read_from_its_versions(tmp_path):
    providers = 'aws = {\n source = "hashicorp/aws"\n version = ">= 5.1, < 7"\n }'
    text = f'terraform {{\n required_version = "~> 1.11"\n required_providers {{\n {providers}\n }}\n}}\n'
    (tmp_path / "versions.tf").write_text(text)
    assert module.requirements(tmp_path) == [
        ("Terraform", "`~> 1.11`"),
        ("provider `hashicorp/aws`", "`>= 5.1, < 7`"),
    ]


def test_the_checks_are_found_without_loading_checkov():
    checks = {check.number: check for check in policies.checks()}
    assert list(checks) == list(range(1, len(checks) + 1))
    assert checks[1].read_from == "source"
    assert checks[9].read_from == "source, plan"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a](there.md) [b](there.md#a-heading-with-code) [c](#here) [d](https://example.com)\n\n## Here\n", None),
        ("[a](gone.md)", "docs/one.md links to gone.md, which is not there."),
        ("[a](there.md#gone)", "docs/one.md links to #gone of there.md, which has no such heading."),
        ("[a](#gone)", "docs/one.md links to #gone of one.md, which has no such heading."),
        ("```md\n[a](gone.md)\n```\n", None),
    ],
)
def test_links_lead_somewhere(text, problem, tmp_path, monkeypatch):
    monkeypatch.setattr(links, "ROOT", tmp_path)
    monkeypatch.setattr(links, "DOCS", tmp_path / "docs")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("# There\n\n## A heading, with `code`\n")
    (tmp_path / "docs" / "one.md").write_text(text)
    assert list(links.problems()) == [problem] * bool(problem)


def test_a_cell_may_hold_a_bar():
    assert table(["a", "b"], [["1|2", "3"]]).splitlines()[-1] == r"| 1\|2 | 3 |"


def test_a_benchmark_is_written_between_its_marks_and_nowhere_else(tmp_path, monkeypatch):
    document = tmp_path / "benchmarks.md"
    begin, end = benchmarks.marks("plans")
    document.write_text(f"before\n{begin}old{end}\nafter\n")
    monkeypatch.setattr(benchmarks, "DOCUMENT", document)
    measured = Measured(Timed([3.0, 9.0, 4.0], 50), Timed([2.0, 2.5, 1.0], 3), {"Terraform": "1.11.4"})
    benchmarks.write("plans", benchmarks.plans(measured))
    text = document.read_text()
    assert text.startswith(f"before\n{begin}| plan of |")
    assert text.endswith(f",\nwith Terraform 1.11.4.{end}\nafter\n")
    assert "| `examples/complete` | 50 | 4.0 s (3.0 to 9.0) |" in text
    assert "**2.00**" in text
    assert "old" not in text


def test_a_figure_of_the_readme_that_the_benchmarks_do_not_have_is_found(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text(worth.README.read_text())
    monkeypatch.setattr(worth, "README", readme)
    assert list(worth.problems()) == []
    assert "| 160 of 160 |" in worth.figures()
    readme.write_text(readme.read_text().replace("160 of 160", "161 of 160"))
    assert list(worth.problems()) == ["README.md has other figures than docs/benchmarks.md: run `make docs`."]
    worth.write()
    assert list(worth.problems()) == []


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=lambda document: document.name)
def test_a_command_of_a_checkout_runs_as_it_is_written(document):
    for python, command in re.findall(r"(\S*)python3? -m harness ([^`\n]*)", document.read_text(encoding="utf-8")):
        assert python.lstrip("(`") == ".venv/bin/", command
        assert command.split()[0] not in ("redrive", "rerun") or "--environment dev" in command


@pytest.mark.parametrize(("name", "extra"), [("linter", "yaml"), ("policies", "policy"), ("embedded-aws", "harness")])
def test_the_distribution_is_installed_as_the_commands_say(name, extra):
    assert f"$ {install(extra)}\n" in (DOCS / f"{name}.md").read_text(encoding="utf-8")


def test_the_readme_leads_to_every_document():
    linked = {path for path, _ in links.LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert {f"docs/{document.name}" for document in DOCS.glob("*.md")} - linked == set()


def test_the_document_of_the_embedded_aws_names_each_member_of_a_behaviour():
    section = (DOCS / "embedded-aws.md").read_text(encoding="utf-8").partition("### Behaviours of an agent")[2]
    members = {**scripts._KIND_RULES, **scripts._OPTION_RULES, **scripts._IN_PROGRESS_RULES, **scripts._CALLBACK_RULES}
    assert [member for member in members if f"`{member}`" not in section.partition("\n## ")[0]] == []
