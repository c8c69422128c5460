"""`asl-lint` and `python -m harness lint`: what is read, reported, suppressed and printed."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from harness.asl import RULES
from harness.asl.command import main

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Run in an empty directory, where the settings of this project do not hold."""
    monkeypatch.chdir(tmp_path)


def corpus(name):
    return str(HERE / "corpus" / f"{name}.asl.json")


def found(capsys, *arguments):
    """Return the reported findings."""
    main([*map(str, arguments), "--format", "json"])
    return json.loads(capsys.readouterr().out)


def codes(capsys, *arguments):
    return {finding["code"] for finding in found(capsys, *arguments)}


def definition(**state):
    """Return a definition with one Task that waits for a token and breaks NO_TIMEOUT and NO_TASK_TOKEN."""
    task = {
        "Type": "Task",
        "Resource": CALLBACK,
        "Parameters": {"QueueUrl": "https://q.example.com", "MessageBody": "m"},
    }
    return {"StartAt": "A", "States": {"A": {**task, "End": True, **state}}}


def kept(value, name="a.asl.json"):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps(value) if isinstance(value, dict) else value, encoding="utf-8")
    return name


# --- the exit code ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([corpus("valid-UNKNOWN_TARGET-default")], 0),
        ([corpus("invalid-NO_TIMEOUT-callback")], 0),
        (["--strict", corpus("invalid-NO_TIMEOUT-callback")], 1),
        (["--strict", corpus("invalid-NO_JITTER-missing")], 0),
        (["--strict", "--profile", "resilience", corpus("invalid-NO_JITTER-missing")], 1),
        ([corpus("invalid-UNKNOWN_TARGET-next")], 1),
        ([corpus("valid-UNKNOWN_TARGET-default"), corpus("invalid-UNKNOWN_TARGET-next")], 1),
        ([corpus("no-such-file"), corpus("invalid-UNKNOWN_TARGET-next")], 2),
        ([corpus("invalid-EXPRESS_UNSUPPORTED-sync.express")], 0),
        (["--type", "EXPRESS", corpus("invalid-EXPRESS_UNSUPPORTED-sync.express")], 1),
        (["no/such/**/glob.json"], 2),
        (["--select", "NO_JITER", corpus("invalid-NO_JITTER-missing")], 2),
        (["--baseline", "none.json", corpus("invalid-NO_JITTER-missing")], 2),
        (["--config", "none.toml", corpus("invalid-NO_JITTER-missing")], 2),
        (["."], 0),
    ],
)
def test_the_exit_code_says_what_was_found(arguments, code, capsys):
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert (error != "") == (code == 2 or arguments == ["."])
    assert error == "" or error.endswith((".\n", "?\n"))


# --- what is read -------------------------------------------------------------------------------------------------


def test_definitions_are_found_in_every_kind_of_file_with_type_and_place(capsys):
    shutil.copytree(SOURCES, ".", dirs_exist_ok=True)
    rows = found(capsys, ".")
    shown = [f"{row['file']}:{row['line']}:{row['column']} {row['code']} {row['path'] or '/'}" for row in rows]
    assert shown == Path("expected.txt").read_text(encoding="utf-8").splitlines()


def test_what_the_code_builds_is_left_to_the_plan_with_a_note(capsys, monkeypatch):
    monkeypatch.chdir(SOURCES / "terraform")
    main(["main.tf"])
    assert capsys.readouterr().err.splitlines() == [
        "main.tf:72:16: note: The definition of aws_sfn_state_machine.variable is built by the code; only a plan of it "
        "can be checked.",
        "main.tf:92:16: note: The definition of aws_sfn_state_machine.elsewhere is in a file that is not there; only a "
        "plan of it can be checked.",
    ]


def test_parts_behind_directives_are_judged_where_they_are_json_and_noted_where_not(capsys):
    state = '"A": {"Type": "Pass" %{ if last }"End": true%{ else }, "Next": "B"%{ endif }}'
    kept(f'{{"StartAt": "A", "States": {{{state}, "B": {{"Type": "Succeed"}}}}}}', "a.asl.json.tftpl")
    state = '%{ if wait }"A": {"Type": "Wait", "Secs": 1, "Next": "${next}"},%{ else }"A": {"Type": "Tusk"},%{ endif }'
    kept(f'{{"StartAt": "A", "States": {{{state} "B": {{"Type": "Succeed"}}}}}}', "b.asl.json.tftpl")
    assert {row["code"] for row in found(capsys, "b.asl.json.tftpl")} == {"MISSING_FIELD", "UNKNOWN_FIELD"}
    assert main(["a.asl.json.tftpl"]) == 0
    assert capsys.readouterr().err == (
        "a.asl.json.tftpl: note: Directives decide which parts of it there are; only a plan of it can be checked.\n"
    )


@pytest.mark.parametrize("name", ["{}", "{}/", "{}/*.asl.json", "{}/**/order.asl.json", "{}/order.asl.json"])
def test_a_file_a_directory_and_a_glob_lead_to_the_same_findings(name, capsys):
    shutil.copytree(SOURCES / "plain", "plain", ignore=shutil.ignore_patterns("*.yaml"))
    assert {row["file"] for row in found(capsys, name.format("plain"))} == {"plain/order.asl.json"}


def test_nothing_is_sought_in_hidden_installed_and_excluded_directories(capsys):
    for directory in (".git", "node_modules/a", "build", "vendor/b", "kept"):
        kept(definition(), f"{directory}/a.asl.json")
    assert {row["file"] for row in found(capsys, ".", "--exclude", "vendor")} == {"kept/a.asl.json"}


def test_a_named_file_without_a_definition_is_judged_unless_it_is_to_be_skipped(capsys):
    kept('{"name": "x"}', "package.json")
    assert codes(capsys, "package.json") == {"UNKNOWN_FIELD", "MISSING_FIELD"}
    assert codes(capsys, "package.json", "--skip-unrelated") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"StartAt": }', "1:13: /: error INVALID_JSON: Not JSON at line 1, column 13"),
        ("StartAt: A\nStates:\n  A: {Type: Pass}\n", "3:3: /States/A: error MISSING_FIELD"),
        (
            "Resources:\n  X:\n    Type: AWS::StepFunctions::StateMachine\n    Properties: {Definition: {}}\n",
            "4:18: /: error",
        ),
    ],
)
def test_the_standard_input_can_be_judged(text, expected, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert main(["-"]) == 1
    assert f"-:{expected}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b"",
        b"null",
        b"resource {",
        b"a: &a [*a]",
        b"\xef\xbb\xbf{}",
        b"\xef\xbb\xbfStartAt: A",
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.tf", "a.asl.json.tftpl"])
def test_bad_input_gets_a_sentence(name, content, capsys):
    Path(name).write_bytes(content)
    assert main([name]) in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("file", sorted(SOURCES.rglob("*.*")), ids=lambda file: file.name)
def test_a_file_that_is_cut_off_anywhere_is_judged_without_an_exception(file, capsys):
    text = file.read_text(encoding="utf-8")
    for end in range(0, len(text), 19):
        Path(file.name).write_text(text[:end], encoding="utf-8")
        assert main([file.name]) in (0, 1, 2)
        capsys.readouterr()


def test_a_file_that_a_template_names_must_be_there(capsys):
    template = {
        "Resources": {"X": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "no.json"}}}
    }
    kept(template, "template.json")
    assert main(["template.json"]) == 2
    assert capsys.readouterr().err == (
        "no.json cannot be read: No such file or directory. It is the definition of X of template.json.\n"
    )


def test_yaml_without_its_library_is_said(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    kept("StartAt: A\nStates: {}\n", "a.yaml")
    assert main(["."]) == 2
    assert "a.yaml cannot be read: YAML needs PyYAML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"StartAt": "A",\n "States": {"A": {"Type": "Succeed"},\n  "A": {"Type": "Succeed"}}}'),
        ("a.yaml", "StartAt: A\nStates: {A: {Type: Succeed},\n  A: {Type: Succeed}}\n"),
    ],
)
def test_a_repeated_key_is_found_where_it_is_repeated(name, text, capsys):
    Path(name).write_text(text, encoding="utf-8")
    [finding] = found(capsys, name)
    assert (finding["code"], finding["path"], finding["line"], finding["column"]) == (
        "DUPLICATE_STATE_NAME",
        "/States/A",
        3,
        3,
    )


# --- which rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"NO_TIMEOUT", "NO_TASK_TOKEN"}),
        (["--profile", "resilience"], {"NO_TIMEOUT", "NO_TASK_TOKEN", "UNHANDLED_ERRORS"}),
        (["--select", "NO_TIMEOUT"], {"NO_TIMEOUT"}),
        (["--select", "UNHANDLED_ERRORS,NO_TIMEOUT"], {"NO_TIMEOUT", "UNHANDLED_ERRORS"}),
        (["--select", "ALL", "--ignore", "NO_TIMEOUT"], {"NO_TASK_TOKEN", "UNHANDLED_ERRORS"}),
        (["--ignore", "NO_TIMEOUT,NO_TASK_TOKEN"], set()),
    ],
)
def test_rules_are_chosen_on_the_command_line(arguments, expected, capsys):
    assert codes(capsys, kept(definition()), *arguments) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", {"NO_TIMEOUT", "NO_TASK_TOKEN"}),
        ('select = ["NO_TIMEOUT"]', {"NO_TIMEOUT"}),
        ('ignore = ["NO_TIMEOUT"]\nprofiles = ["resilience"]', {"NO_TASK_TOKEN", "UNHANDLED_ERRORS"}),
        ('types = {"in/*.json" = "EXPRESS"}', {"NO_TIMEOUT", "NO_TASK_TOKEN", "EXPRESS_UNSUPPORTED"}),
        ('types = {"out/*.json" = "EXPRESS"}', {"NO_TIMEOUT", "NO_TASK_TOKEN"}),
        ('per-file-ignores = {"in/" = ["NO_TIMEOUT"], "out/*" = ["NO_TASK_TOKEN"]}', {"NO_TASK_TOKEN"}),
        ('exclude = ["in"]', set()),
    ],
)
@pytest.mark.parametrize("file", [".asl-lint.toml", "pyproject.toml"])
def test_a_project_has_settings_that_hold_below_it(file, settings, expected, capsys, monkeypatch):
    kept(definition(), "in/a.asl.json")
    kept(f"[tool.asl-lint]\n{settings}\n" if file == "pyproject.toml" else settings, file)
    assert codes(capsys, "in") == expected
    monkeypatch.chdir("in")
    assert codes(capsys, ".") == expected
    assert codes(capsys, "a.asl.json", "--skip-unrelated") == expected


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("colour = 1", "there is no setting 'colour'"),
        ('select = "NO_TIMEOUT"', "'select' must be a list of strings."),
        ('ignore = ["NO_TIMEOUTS"]', "'ignore' names 'NO_TIMEOUTS', which is no rule. Did you mean 'NO_TIMEOUT'?"),
        ('profiles = ["speed"]', "'profiles' names 'speed', which is no profile; there is resilience."),
        ('types = {"a" = "FAST"}', "'types' must give STANDARD or EXPRESS for each glob."),
        ("strict = 1", "'strict' must be true or false."),
        ("strict", "cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings, reason, capsys):
    kept(settings, ".asl-lint.toml")
    assert main([kept(definition())]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("asl-lint: ignore NO_TIMEOUT because a person decides", {"NO_TASK_TOKEN"}),
        ("Asks. asl-lint: ignore NO_TIMEOUT, NO_TASK_TOKEN because of both", set()),
        ("asl-lint: ignore NO_TIMEOUT because so\nasl-lint: ignore NO_TASK_TOKEN because so too", set()),
        ("asl-lint: ignore NO_TIMEOUT", {"NO_TIMEOUT", "NO_TASK_TOKEN", "INVALID_SUPPRESSION"}),
    ],
)
def test_a_comment_suppresses_rules_with_a_reason(comment, expected, capsys):
    assert codes(capsys, kept(definition(Comment=comment))) == expected


def test_a_suppression_covers_what_is_inside_its_object_and_nothing_beside_it(capsys):
    value = definition(Next="B", Comment="asl-lint: ignore NO_TIMEOUT because a person decides")
    del value["States"]["A"]["End"]
    value["States"]["B"] = definition()["States"]["A"]
    rows = found(capsys, kept(value), "--ignore", "NO_TASK_TOKEN")
    assert [(row["code"], row["path"]) for row in rows] == [("NO_TIMEOUT", "/States/B")]
    value["Comment"] = value["States"]["A"].pop("Comment")
    assert codes(capsys, kept(value)) == {"NO_TASK_TOKEN"}


def test_a_baseline_hides_what_was_there_and_shows_what_is_new(capsys):
    kept(definition(), "in/a.asl.json")
    assert main(["in", "--write-baseline", "baseline.json"]) == 0
    assert capsys.readouterr().out == "baseline.json holds 2 findings.\n"
    assert codes(capsys, "in", "--baseline", "baseline.json") == set()
    value = definition(TimeoutSeconds="soon")
    kept(json.dumps(value, indent=4), "in/a.asl.json")
    assert codes(capsys, "in", "--baseline", "baseline.json") == {"WRONG_TYPE"}
    kept('baseline = "baseline.json"', ".asl-lint.toml")
    assert codes(capsys, "in") == {"WRONG_TYPE"}


# --- how it is printed --------------------------------------------------------------------------------------------


def test_text_names_file_place_rule_reason_and_where_the_rule_is_described(capsys):
    main([corpus("invalid-UNKNOWN_TARGET-next")])
    first, counts, rules = capsys.readouterr().out.splitlines()
    assert first.endswith(
        "invalid-UNKNOWN_TARGET-next.asl.json:13:7: /States/A/Default: error UNKNOWN_TARGET: "
        "There is no state 'Z' in the same scope to go to."
    )
    assert counts == "1 error, 0 warnings."
    assert rules == "The rules: docs/linter.md#unknown_target"


def test_json_is_one_list(capsys):
    [finding] = found(capsys, corpus("invalid-UNKNOWN_TARGET-next"), corpus("valid-UNKNOWN_TARGET-default"))
    assert set(finding) == {"file", "line", "column", "severity", "code", "path", "message", "help"}
    assert (finding["severity"], finding["line"], finding["column"]) == ("ERROR", 13, 7)


def test_github_shows_findings_beside_their_lines(capsys):
    kept('{"StartAt": "A", "States": {\n"A,%": {"Type": "Pass", "Next": "A,%"}}}')
    main(["a.asl.json", "--format", "github", "--select", "UNKNOWN_TARGET"])
    assert capsys.readouterr().out == (
        "::error file=a.asl.json,line=1,col=2,title=UNKNOWN_TARGET::There is no state 'A' in the same scope to go to. "
        "(/StartAt; docs/linter.md#unknown_target)\n"
    )
    main(["a.asl.json", "--format", "github", "--select", "NO_WAY_TO_END,NO_TERMINAL_STATE"])
    assert "%25" not in capsys.readouterr().out.split("::")[1]


def test_sarif_is_what_the_standard_says(capsys):
    kept(definition(), "a b/a.asl.json")
    main(["a b", "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["NO_TASK_TOKEN", "NO_TIMEOUT"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        [location] = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/a.asl.json"
        assert location["physicalLocation"]["region"]["startLine"] == 1
    for rule in rules:
        assert rule["helpUri"] == f"docs/linter.md#{rule['id'].lower()}"


def test_every_rule_is_described_where_its_link_leads():
    document = (HERE.parent.parent / "docs" / "linter.md").read_text(encoding="utf-8")
    headings = {line.removeprefix("### ") for line in document.splitlines() if line.startswith("### ")}
    assert headings == set(RULES)


@pytest.mark.parametrize("style", ["text", "json", "sarif", "github"])
def test_a_name_that_no_output_can_encode_is_printed_as_its_escape(style, capsys):
    kept({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "\ud800"}}})
    assert main(["--format", style, "a.asl.json"]) == 1
    assert "There is no state '\\ud800'" in capsys.readouterr().out


def test_the_harness_has_the_same_command(capsys):
    from harness.__main__ import main as harness

    assert harness(["lint", "--format", "json", corpus("invalid-UNKNOWN_TARGET-next")]) == 1
    assert [row["code"] for row in json.loads(capsys.readouterr().out)] == ["UNKNOWN_TARGET"]
