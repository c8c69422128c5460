"""Where the embedded AWS is: its one address, account and region."""

HOST = "127.0.0.1"  # nobody else's business
ACCOUNT = "123456789012"
REGION = "us-east-1"
