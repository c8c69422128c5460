"""Every resource type, argument and attribute that the code uses exists in the schema of version 6 of the AWS provider.

Nothing is planned with it: a check of values, a default or a deprecation that changed would not show.
"""

import pytest

from harness.paths import ROOT
from tests.npm import Unavailable
from tests.plan.provider_schema import PROVIDER_VERSION, complaints, type_of, types

FILES = sorted(
    path for pattern in ("*.tf", "modules/*/*.tf", "examples/*/*.tf") for path in ROOT.glob(pattern) if path.is_file()
)

GOOD = """\
data "aws_partition" "current" {}

resource "aws_sqs_queue" "dead_letters" {
  name   = data.aws_partition.current.partition
  policy = aws_sqs_queue.other[0].arn
}

resource "aws_dynamodb_table" "ledger" {
  count    = 1
  name     = "ledger"
  hash_key = "document"

  dynamic "attribute" {
    for_each = ["document"]

    content {
      name = attribute.value
      type = "S"
    }
  }

  ttl {
    enabled        = true
    attribute_name = "expires_at"
  }
}
"""
# Text, its replacement, and the expected complaint.
BREAKS = (
    ("aws_partition", "aws_partitions", "there is no data.aws_partitions"),
    ("current.partition", "current.partitions", "data.aws_partition has no attribute partitions"),
    ("other[0].arn", "other[0].url_suffix", "aws_sqs_queue has no attribute url_suffix"),
    ("  policy =", "  polices =", "aws_sqs_queue.dead_letters has no argument polices"),
    ('      type = "S"\n', "", "aws_dynamodb_table.ledger.attribute needs the argument type"),
    ('"attribute" {', '"atribute" {', "aws_dynamodb_table.ledger has no argument atribute"),
    ("    enabled  ", "    enable   ", "aws_dynamodb_table.ledger.ttl has no argument enable"),
    ("  ttl {", "  range_key {", "aws_dynamodb_table.ledger.range_key is no block"),
    ("  ttl {", "  ttl = {", "aws_dynamodb_table.ledger.ttl is a block"),
)


@pytest.fixture(scope="module", autouse=True)
def schema():
    try:
        return types()
    except Unavailable as reason:
        pytest.skip(f"the schema of provider {PROVIDER_VERSION} is not available: {reason}")


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_provider_has_all_that_the_code_uses(file):
    assert list(complaints(file.read_text())) == []


@pytest.mark.parametrize(("good", "bad", "complaint"), BREAKS)
def test_what_the_provider_does_not_have_is_found(good, bad, complaint):
    assert list(complaints(GOOD)) == []
    assert good in GOOD
    assert complaint in list(complaints(GOOD.replace(good, bad, 1)))


def test_it_is_the_version_that_is_named(schema):
    assert f"/hashicorp/aws/{PROVIDER_VERSION}/docs/" in schema["aws_sqs_queue"]
    assert type_of("data.aws_region").attributes >= {"region", "name", "id"}
