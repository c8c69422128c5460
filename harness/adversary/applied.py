"""The stack that stories are played on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from harness.embedded import launch
from harness.render import CONFIGURATION, VARIABLES
from harness.stack import Stack
from harness.terraform import Workspace

BUCKET = "adversary-documents"
PLACES = 20


@contextlib.contextmanager
def applied() -> Iterator[Stack]:
    """Yield the module, with places and a bucket, applied to an embedded AWS that ends with the block.

    Raises TerraformError.
    """
    from harness.embedded.agentcore import AGENTS, runtime_arn  # brings in moto, which takes its time

    module = {
        **VARIABLES,
        "source": "../..",
        "name": "adversary",
        "document_bucket_arns": [f"arn:aws:s3:::{BUCKET}"],
        "agents": {agent: {"runtime_arn": runtime_arn(agent)} for agent in AGENTS},
        "max_concurrent_documents": PLACES,
        "deletion_protection": False,
    }
    configuration = {
        "module": {"orchestrator": module},
        "output": {"orchestrator": {"value": "${module.orchestrator}"}, "documents_bucket": {"value": BUCKET}},
    }
    with launch(leaps=True) as endpoint, Workspace(CONFIGURATION, endpoint.url) as workspace:
        (workspace.path / "main.tf.json").write_text(json.dumps(configuration))
        workspace.init()
        workspace.apply()
        stack = Stack.embedded(endpoint.url, workspace.output())
        stack.client("s3").create_bucket(Bucket=BUCKET)
        yield stack
