"""How tests wait: for a condition, never for the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 240.0
"""Seconds until a condition counts as never met; far more than any of them takes on a busy machine."""


def wait_until(met: Callable[[], object], what: str) -> None:
    """Look again and again until ``met`` is true."""
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end, f"Never happened: {what}"
        time.sleep(0.02)
