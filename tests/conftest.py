"""What every test starts without, and how every property is tried."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, however busy the machine: a test fails for what the code does alone.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _no_pace_of_an_earlier_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paces outlive a sync, and most tests only pretend to sleep."""
    monkeypatch.setattr("core.api.pace._shared", {})
