"""Notes on days as a file, and what each of them holds for in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.dimensions import DIMENSIONS
from core.explore.labels import read_filter, read_filter_value, value_label
from core.explore.query import Match
from core.explore.sheets import Column, sheet_bytes
from core.store.annotations import Annotation
from core.store.saved_views import Params


def notes_csv(notes: Sequence[Annotation]) -> bytes:
    """One row for each note, as :func:`core.explore.sheets.sheet_bytes` writes it."""
    return sheet_bytes(
        [
            Column("first_day", [note.first.isoformat() for note in notes]),
            Column("last_day", [note.last.isoformat() for note in notes]),
            Column("text", [note.text for note in notes]),
            Column("scope", [scope_words(note.scope) or None for note in notes]),
        ]
    )


def scope_words(scope: Params) -> str:
    """``API key: nightly``; nothing where it is all there is."""
    return "; ".join(_filter_words(key, values) for key, values in scope.items())


def _filter_words(key: str, values: Sequence[str]) -> str:
    condition = read_filter(key, (read_filter_value(key, value) for value in values))
    dimension = DIMENSIONS[condition.dimension]
    labels = (
        value_label(dimension, value) if condition.match is Match.IS else f"“{value}”"
        for value in condition.values
    )
    sign = "not " * condition.exclude + ("" if condition.match is Match.IS else f"{condition.match.value} ")
    return f"{dimension.label}: {sign}{' or '.join(labels)}"
