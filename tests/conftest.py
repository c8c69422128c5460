"""A shell that runs the tests in the background ignores SIGINT, and so would all that they start."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
