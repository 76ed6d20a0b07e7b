"""Notes on days as a file."""

from __future__ import annotations

from collections.abc import Sequence

from core.explore.filter_words import scope_words
from core.explore.sheets import Column, sheet_bytes
from core.store.annotations import Annotation


def notes_csv(notes: Sequence[Annotation]) -> bytes:
    """One row for each note, as :func:`core.explore.sheets.sheet_bytes` writes it."""
    return sheet_bytes(
        [
            Column("first_day", [note.first.isoformat() for note in notes]),
            Column("last_day", [note.last.isoformat() for note in notes]),
            Column("text", [note.text for note in notes]),
            Column("scope", [scope_words(note.scope, all_values=True) or None for note in notes]),
        ]
    )
