"""How properties are tried: the only place that knows of Hypothesis's profiles.

``suite`` tries the same examples in every run, however busy the machine: a test fails for what the code does
alone. ``fast`` tries the first tenth of them. ``soak`` tries new random ones, ``PROPERTY_SCALE`` times as
many, and prints how to see a failure again. Choose with ``--hypothesis-profile``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

USUAL = 100
FEWEST = 5
SCALES = {"fast": 0.1, "suite": 1.0, "soak": float(os.environ.get("PROPERTY_SCALE", "20"))}


def register_profiles() -> None:
    """Make all of them known, and ``suite`` the one in use."""
    for name, scale in SCALES.items():
        settings.register_profile(
            name,
            max_examples=_scaled(USUAL, scale),
            deadline=None,
            derandomize=name != "soak",
            print_blob=name == "soak",
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile("suite")


def tried(times: int) -> settings:
    """A decorator: try a property so often; fewer or more times as the profile says."""
    scale = SCALES.get(settings.get_current_profile_name(), 1.0)
    return settings(max_examples=_scaled(times, scale))


def _scaled(times: int, scale: float) -> int:
    return max(FEWEST, round(times * scale))
