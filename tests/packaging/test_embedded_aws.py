"""The embedded AWS for others, where nothing but the wheel is installed: served, and in tests of their Terraform."""

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness.embedded import Endpoint
from harness.paths import DOCS
from harness.version import install
from tests.packaging.environments import CORE, environment, link, run

ORDERS = Path(__file__).with_name("orders")
BLOCK = re.compile(r"^`(?P<file>[\w/.]+)`:?\n\n```\w+\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.parametrize("wheel", ["path"], indirect=True)


def run_tests(environment, directory, **settings):
    """Run the tests in a directory with the environment's pytest, as a shell does that has AWS settings of its own."""
    command = ("env", *(f"{name}={value}" for name, value in settings.items()), environment / "python", "-m", "pytest")
    return run(*command, "-q", "-p", "no:cacheprovider", cwd=directory, check=False)


def test_tests_of_another_project_run_with_the_wheel_alone(complete, tmp_path):
    project = shutil.copytree(ORDERS, tmp_path / "orders")
    process = run_tests(complete, project, AWS_PROFILE="production", AWS_REGION="eu-central-1")
    assert re.search(r"^5 passed", process.stdout, re.MULTILINE), process.stdout
    assert not [path for path in project.rglob("*") if path.name in {".terraform", "terraform.tfstate"}]


def test_the_test_that_the_document_shows_passes(complete, tmp_path):
    for block in BLOCK.finditer((DOCS / "embedded-aws.md").read_text(encoding="utf-8")):
        file = tmp_path / block["file"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(block["text"])
    assert len((tmp_path / "test_price.py").read_text().splitlines()) <= 10
    process = run_tests(complete, tmp_path)
    assert re.search(r"^1 passed", process.stdout, re.MULTILINE), process.stdout


def test_the_plugin_costs_nothing_and_says_what_is_missing_where_the_core_alone_is_installed(wheel, tmp_path):
    packages = environment(wheel, tmp_path / "venv")
    link(packages, (*CORE, "pytest"))
    python = tmp_path / "venv" / "bin" / "python"
    (tmp_path / "test_it.py").write_text("def test_it(embedded_aws):\n    pass\n")
    modules = run(python, "-c", "import sys, harness.pytest_plugin; print(*sys.modules)", cwd=tmp_path).stdout.split()
    assert {"boto3", "botocore", "moto"} & set(modules) == set()
    assert install("harness") in run_tests(python.parent, tmp_path).stdout


def test_it_is_served_until_it_is_interrupted(complete, tmp_path):
    (tmp_path / "shop.py").write_text("def price(item, context):\n    return {**item, 'price': 3}\n")
    command = [complete / "agentcore-harness", "serve", "--speed", "60"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        printed = [process.stdout.readline() for _ in range(16)]
        aws = Endpoint(re.search(r"http://127\.0\.0\.1:\d+", printed[0])[0])
        assert f"  export AWS_ENDPOINT_URL={aws.url}\n" in printed
        assert aws.admin("GET", "/_clock")["speed"] == 60
        aws.admin("PUT", "/_functions/price", {"python": "shop:price"})
        response = aws.client("lambda").invoke(FunctionName="price", Payload=b'{"name": "pen"}')
        assert json.load(response["Payload"]) == {"name": "pen", "price": 3}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_option_that_cannot_be_used_is_a_sentence(complete, tmp_path):
    process = run(complete / "agentcore-harness", "serve", "--without", "nothing", cwd=tmp_path, check=False)
    assert process.returncode == 2
    assert process.stderr.startswith("No addition is named nothing: choose among agentcore, ")
