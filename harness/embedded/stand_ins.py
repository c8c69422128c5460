"""The HTTP connections to what stands in for agents and functions: each is a server of its own."""

import urllib3

# Nothing of AWS's waits longer for a reply, neither of a function nor of an agent that does not stream:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
LONGEST_SECONDS = 900
POOL = urllib3.PoolManager(maxsize=64, retries=False, timeout=LONGEST_SECONDS)
