"""Days as they are typed."""

from __future__ import annotations

import argparse
from datetime import date


def day(text: str) -> date:
    """For ``type=`` of an argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-10-05") from None
