"""Has the probes' failures say what was compared, as those of tests do."""

import pytest

pytest.register_assert_rewrite("tests.seams.services", "tests.seams.stepfunctions")
