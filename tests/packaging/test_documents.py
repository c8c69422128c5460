"""The commands of the documents, copied into an empty folder beside the installed wheel, print what the page says."""

import re
import socket
import subprocess
import sysconfig
from pathlib import Path

import pytest

from harness.paths import DOCS
from tests.packaging.environments import CORE, PROJECT, environment, link

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
INSTALL = re.compile(r"pip install 'agentcore-orchestrator-harness\[(\w+)\] @ git\+https://[^']*@v([\d.]+)'")
SKIPPED = "…"  # of the output
# What the commands find in the folder, by document.
FILES = {
    "linter.md": {
        "orders.asl.json": """\
{
  "QueryLanguage": "JSONata",
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Choice",
      "Choices": [
        {
          "Condition": "{% $states.input.isLarge %}",
          "Next": "B"
        }
      ],
      "Default": "Z"
    },
    "B": {
      "Type": "Succeed"
    }
  }
}
"""
    },
    "embedded-aws.md": {"orders/functions.py": "def price(item, context):\n    return {**item, 'price': 3}\n"},
}
FOREGROUND = "agentcore-harness serve "

pytestmark = pytest.mark.parametrize("wheel", ["path"], indirect=True)


@pytest.mark.parametrize("document", FILES)
def test_commands_print_what_the_document_says(wheel, tmp_path, document):
    folder = tmp_path / "empty"
    for name, text in FILES[document].items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    shown = (DOCS / document).read_text(encoding="utf-8").replace("4600", str(_free_port()))
    [installed], *commands = _commands(shown)
    extra, version = INSTALL.fullmatch(installed).groups()
    assert version == PROJECT["project"]["version"]
    packages = environment(wheel, tmp_path / "venv")
    if extra == "harness":
        (packages / "all.pth").write_text(sysconfig.get_path("purelib"))
    else:
        link(packages, (*CORE, *PROJECT["project"]["optional-dependencies"][extra]))
    path = f"{tmp_path / 'venv' / 'bin'}:/usr/bin:/bin:/usr/local/bin"
    served = []
    try:
        for command, *expected in commands:
            with_shell = ["bash", "-c", f"exec {command}"]
            process = subprocess.Popen(  # noqa: S603 - our own commands
                with_shell, cwd=folder, env={"PATH": path, "HOME": str(tmp_path)}, stdout=subprocess.PIPE, text=True
            )
            served += [process] if command.startswith(FOREGROUND) else []
            _compare(process.stdout, expected)
    finally:
        for process in served:
            process.terminate()
            process.wait(20)


def _commands(text):
    """Yield each command of the document with the lines that are printed beside it."""
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            yield part.splitlines()


def _compare(printed, expected):
    """Read what is printed, as far as it is expected."""
    for index, line in enumerate(expected):
        if line == SKIPPED:
            continue
        skips = index > 0 and expected[index - 1] == SKIPPED
        found = printed.readline().rstrip("\n")
        while skips and found != line and (more := printed.readline()):
            found = more.rstrip("\n")
        assert found == line


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_no_other_document_shows_commands_of_the_distribution(wheel):  # noqa: ARG001 - as for all in this file
    """Those of policies.md install checkov first: tests/policy runs them."""
    showing = {file.name for file in Path(DOCS).glob("*.md") if INSTALL.search(file.read_text(encoding="utf-8"))}
    assert showing == {*FILES, "policies.md"}
