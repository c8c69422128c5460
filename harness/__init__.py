"""The harness: an AWS embedded in a local process, reference agents, and the command line behind `make`."""
