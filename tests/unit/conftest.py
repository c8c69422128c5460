"""What several files of these tests share."""

import pytest

from harness.embedded import launch
from tests.unit.states import SPEED, Aws


@pytest.fixture(scope="session")
def aws():
    """One embedded AWS for all that only makes state machines of its own."""
    with launch(speed=SPEED) as endpoint:
        yield Aws(endpoint)
