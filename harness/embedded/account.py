"""Where the embedded AWS is: its one address, account and region."""

HOST = "127.0.0.1"  # nobody else's business
ACCOUNT = "123456789012"
REGION = "us-east-1"


def environment(endpoint: str) -> dict[str, str]:
    """Return the environment variables that lead any AWS SDK to the embedded AWS at `endpoint`.

    Without AWS_DISABLE_HOST_PREFIX_INJECTION boto3 puts `sync-` before the host of StartSyncExecution.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
