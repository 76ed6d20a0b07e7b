"""The table of who was erased, as its migration makes it."""

from __future__ import annotations

ERASED_PEOPLE = """
CREATE TABLE erased_people (
    digest TEXT PRIMARY KEY,
    stand_in TEXT NOT NULL,
    name TEXT NOT NULL,
    erased_at TEXT NOT NULL
) WITHOUT ROWID;
"""
"""``digest``: of an id or e-mail. ``stand_in``: what stands in the place of the id; ``name``: in that of an
e-mail or a name."""
