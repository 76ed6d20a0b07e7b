"""What every test starts without, and how every property is tried."""

from __future__ import annotations

import pytest

from tests.properties import register_profiles

register_profiles()


@pytest.fixture(autouse=True)
def _no_pace_of_an_earlier_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paces outlive a sync, and most tests only pretend to sleep."""
    monkeypatch.setattr("core.api.pace._shared", {})
