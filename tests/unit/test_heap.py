"""The memory of the embedded AWS: what is overwritten or deleted is let go."""

from pathlib import Path

import pytest

from harness.embedded import launch
from tests.tables import KEYED_BY_ID

ROUNDS, BYTES = 300, 300_000


def megabytes(aws):
    """Return the resident memory of its process: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html."""
    lines = Path(f"/proc/{aws.process}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory from /proc, which macOS lacks")
def test_what_is_overwritten_takes_no_memory():
    item = {"id": {"S": "one"}, "much": {"S": "x" * BYTES}}
    with launch() as aws:
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(TableName="items", **KEYED_BY_ID)
        dynamodb.put_item(TableName="items", Item=item)
        before = megabytes(aws)
        for _ in range(ROUNDS):
            dynamodb.put_item(TableName="items", Item=item)
        assert megabytes(aws) - before < ROUNDS * BYTES / 2 / 1024**2
