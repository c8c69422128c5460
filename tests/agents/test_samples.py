"""The committed samples are what the script makes, and the reference agents find in each what expected.toml says."""

import tomllib

import pytest

from harness.agents.aws import Aws, Settings
from harness.agents.replies import respond
from harness.agents.server import AGENTS
from harness.paths import SAMPLES
from samples.make_samples import samples
from tests.memory import aws_in_memory

BUCKET = "documents"
SENT = tomllib.loads((SAMPLES / "expected.toml").read_text(encoding="utf-8"))["run"]
DRAWN = samples()


def test_the_same_files_are_committed_and_made():
    committed = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*.pdf")}
    assert committed == set(DRAWN), "write them anew: python -m samples.make_samples"


@pytest.mark.parametrize("name", DRAWN)
def test_a_committed_file_is_what_the_script_makes(name):
    same = (SAMPLES / name).read_bytes() == DRAWN[name]  # a comparison of the bytes themselves would fill the screen
    assert same, "write it anew: python -m samples.make_samples"


@pytest.fixture(scope="module")
def aws():
    with aws_in_memory():
        aws = Aws(Settings(region="us-east-1"))
        aws.s3.create_bucket(Bucket=BUCKET)
        yield aws


@pytest.fixture(scope="module")
def replies(aws):
    """The last reply that each sample got from the agents, by file; all are sent in their order to one AWS."""
    return {sample["document"]: _sent(sample["document"], aws) for sample in SENT}


def _sent(file, aws):
    aws.s3.put_object(Bucket=BUCKET, Key=file, Body=DRAWN[file])
    source_type, name = file.split("/")
    document = {"source_type": source_type, "document_id": name.removesuffix(".pdf")}
    reply = _reply("pdf-adapter", {**document, "document_path": f"s3://{BUCKET}/{file}"}, aws)
    if reply["success"]:
        location = {"canonical_output_location": reply["canonical_output_location"]}
        reply = _reply("trade-extraction", {**document, **location}, aws)
    if reply["success"]:
        reply = _reply("trade-matching", {**document, "trade_id": reply["trade_id"]}, aws)
    return reply


def _reply(agent, payload, aws):
    return respond(agent, AGENTS[agent], aws, payload)


@pytest.mark.parametrize("sample", SENT, ids=lambda sample: sample["document"])
def test_the_agents_say_what_is_expected(sample, replies):
    reply, expected = replies[sample["document"]], sample["result"]
    if sample["status"] == "FAILED":
        fields = f" ({', '.join(reply['missing_fields'])})" if "missing_fields" in reply else ""
        assert expected["error_message"].endswith(f"error_type {reply.get('error_type')}{fields}"), reply
    else:
        fields = ("match_classification", "reason_codes")
        assert {name: reply.get(name) for name in fields} == {name: expected[name] for name in fields}, reply


@pytest.mark.parametrize(
    "file", [sample["document"] for sample in SENT if sample["result"]["outcome"] == "EXCEPTION_RAISED"]
)
def test_exception_management_takes_what_was_raised(file, replies, aws):
    reply = replies[file]
    exception = {
        "event_type": "MATCHING_EXCEPTION",
        "match_score": reply["confidence_score"] / 100,
        "reason_codes": reply["reason_codes"],
    }
    assert _reply("exception-management", exception, aws)["success"]
