"""Reference agents: small deterministic programs that replace the agents' teams' own runtimes in local runs.

Each agent is a function `handle(payload: dict, aws: Aws) -> dict`; `server` puts HTTP around them. They keep what they
know in S3 and in DynamoDB tables of their own, named `reference-agents-…`.
"""
