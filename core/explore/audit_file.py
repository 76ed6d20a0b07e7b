"""The audit trail as a file."""

from __future__ import annotations

from collections.abc import Iterable

from core.explore.sheets import Column, sheet_bytes
from core.store.audit import Entry


def audit_csv(entries: Iterable[Entry]) -> bytes:
    """Every column of every entry, as it is written, the seals too, so that anybody can check the chain."""
    kept = list(entries)
    return sheet_bytes(
        [
            Column("entry", [entry.id for entry in kept]),
            Column("at", [entry.written_at for entry in kept]),
            Column("who", [entry.who for entry in kept]),
            Column("action", [entry.action for entry in kept]),
            Column("about", [entry.about for entry in kept]),
            Column("seal", [entry.seal for entry in kept]),
        ]
    )
