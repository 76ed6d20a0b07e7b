"""Remembers who did what on a page."""

from __future__ import annotations

from core.store.audit import Action, record
from core.store.database import if_writable
from core.ui.app import data, times, visitor


def note(action: Action, about: str) -> None:
    """Add an entry for who asks; what cannot be written on a full disk did not happen either."""
    who = visitor.current().email
    with data.shared_store() as db, if_writable():
        record(db, who, action, about, times.now())
