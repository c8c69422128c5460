"""An applied stack, as its callers have it."""

import time
from concurrent.futures import ThreadPoolExecutor

from harness.stack import Stack


def test_threads_that_ask_at_once_share_one_client(monkeypatch):
    made = []

    def client(*_, **__):
        time.sleep(0.05)  # so long that all of them ask meanwhile
        made.append(object())
        return made[-1]

    monkeypatch.setattr("harness.stack.boto3.client", client)
    stack = Stack("http://shared.invalid", "us-east-1", {})
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: stack.client("sqs"), range(8))) == set(made)
    assert len(made) == 1
