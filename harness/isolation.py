"""The environment of local commands, whatever the shell holds that they are started from.

`enter` is called once, before anything is imported that reads the environment. All that a command starts, and every
AWS SDK in it, inherits what is left: child processes, Terraform and its provider, the agents, the embedded AWS.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
NOWHERE = "http://127.0.0.1:9"  # nothing listens there
LOCAL = "127.0.0.1,localhost"

KEPT = frozenset(
    {
        *("CI", "COLORTERM", "COLUMNS", "FORCE_COLOR", "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LINES"),
        *("LOGNAME", "NO_COLOR", "PATH", "SHELL", "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "USER"),
        # Terraform's provider and Python's packages are downloaded as the user's settings say.
        *("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "http_proxy", "https_proxy"),
        *("SSL_CERT_DIR", "SSL_CERT_FILE", "TF_CLI_CONFIG_FILE"),
    }
)
KEPT_PREFIXES = ("HARNESS_", "LC_", "PIP_", "PYTEST_", "XDG_")

SET = {
    **CREDENTIALS,
    # A client that is made without an endpoint reaches nobody's account.
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "CHECKPOINT_DISABLE": "1",  # else Terraform asks the internet for a newer version of itself
    "PYTHONUTF8": "1",
}


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a local command that is started from `inherited`; what it returns it leaves as it is.

    AWS's local address is never reached through a proxy.
    """
    kept = {name: value for name, value in inherited.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    past_proxies = [inherited.get("no_proxy") or inherited.get("NO_PROXY"), LOCAL]
    if past_proxies[0] and past_proxies[0].endswith(LOCAL):
        past_proxies.pop()
    direct = ",".join(filter(None, past_proxies))
    return kept | SET | {"NO_PROXY": direct, "no_proxy": direct}


def enter() -> None:
    """Replace the environment of this process."""
    isolated = environment(os.environ)
    os.environ.clear()
    os.environ.update(isolated)
