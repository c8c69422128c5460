"""The one account and region in which the embedded AWS's own resources live."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
