"""What a command's exit code says."""

from __future__ import annotations

DONE, PARTLY, WRONG, BUSY, STOPPED = range(5)

MEANINGS = (
    (DONE, "all that was asked for is done"),
    (PARTLY, "some of it failed; standard error says what, and what to do"),
    (WRONG, "wrong use, a key that was refused, or an installation that cannot work"),
    (BUSY, "another sync was still running after the wait"),
    (STOPPED, "stopped, by a signal or by someone; what was pulled is kept"),
)


def of_outcome(outcome: str | None) -> int:
    """The code of a sync that ended so."""
    return {"ok": DONE, "stopped": STOPPED}.get(outcome or "", PARTLY)
