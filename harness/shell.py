"""What a person types into a shell, so that boto3, the AWS CLI and Terraform talk to an embedded AWS."""

from __future__ import annotations

from harness import isolation
from harness.embedded.account import environment


def exports(endpoint: str) -> str:
    """Return the lines that forget the shell's own AWS settings and set those of the embedded AWS."""
    settings = {
        **{name: value for name, value in isolation.SET.items() if name.startswith("AWS_")},
        **environment(endpoint),
        "NO_PROXY": isolation.LOCAL,
        "no_proxy": isolation.LOCAL,
    }
    forget = "unset $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p')"
    return "\n".join([f"  {forget}", *(f"  export {name}={value}" for name, value in settings.items())])
