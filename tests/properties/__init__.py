"""How many examples are drawn: ``HYPOTHESIS_PROFILE=soak`` for minutes, by default as many as fit into every run."""

import os

from hypothesis import HealthCheck, settings

# The same examples in every run: what fails for one fails for all, and does not depend on the day.
settings.register_profile("ci", max_examples=150, deadline=None, derandomize=True)
settings.register_profile(
    "soak", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
