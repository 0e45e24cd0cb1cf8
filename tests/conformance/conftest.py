import pytest

# So that a failing row shows what differs.
pytest.register_assert_rewrite("tests.conformance.expectations")
