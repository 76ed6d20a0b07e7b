"""Which models the demo's company used when, and what its kinds of work look like in tokens."""

from __future__ import annotations

from datetime import date

from core.demo.company import FIRST_DAY, Counts, ModelSchedule

OPUS: ModelSchedule = (
    (FIRST_DAY, "claude-opus-4-5-20251101"),
    (date(2026, 2, 9), "claude-opus-4-6"),
    (date(2026, 6, 1), "claude-opus-4-8"),
    (date(2026, 8, 3), "claude-opus-5"),
)
SONNET: ModelSchedule = (
    (FIRST_DAY, "claude-sonnet-4-5-20250929"),
    (date(2026, 2, 23), "claude-sonnet-4-6"),
)
NEWEST_SONNET: ModelSchedule = (*SONNET, (date(2026, 9, 14), "claude-sonnet-5"))
HAIKU: ModelSchedule = ((FIRST_DAY, "claude-haiku-4-5-20251001"),)

_SHAPES: dict[str, tuple[int, int, int, int]] = {
    "agent": (4, 14, 5, 210),
    "chat": (30, 9, 0, 42),
    "pipeline": (95, 0, 0, 0),
    "retrieval": (40, 6, 22, 160),
    "coding": (2, 11, 7, 320),
    "search": (60, 12, 0, 30),
}
"""Tenths of an output token: uncached input, cache write 5m and 1h, cache read."""


def work(shape: str, output_thousands: int, *, searches: int = 0, requests: int = 0) -> Counts:
    """A full day of one kind of work, by its output in thousands of tokens."""
    output = output_thousands * 1000
    uncached, write_5m, write_1h, read = (output * tenths // 10 for tenths in _SHAPES[shape])
    return Counts(uncached, write_5m, write_1h, read, output, searches, requests)
