"""Log groups that are listed while executions write to them."""

from moto.logs.models import LogGroup, LogsBackend

from harness.embedded import log_groups


def test_a_group_may_get_a_stream_while_its_streams_are_listed(monkeypatch):
    monkeypatch.setattr(LogGroup, "__init__", LogGroup.__init__)  # as they were, in the end
    monkeypatch.setattr(LogsBackend, "create_log_group", LogsBackend.create_log_group)
    log_groups.install()
    group = LogGroup("123456789012", "us-east-1", "runs")
    group.create_log_stream("first")
    group.create_log_stream("second")

    for name, _ in group.streams.items():
        group.create_log_stream(f"made meanwhile, after {name}")
    assert len(group.streams) == 4
    assert len(group.describe_log_streams(False, "runs", "", "LogStreamName", 10)[0]) == 4
