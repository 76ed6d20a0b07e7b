"""Remembers what was typed, and lists who did what."""

from __future__ import annotations

from core.clock import utc_now
from core.settings import Settings
from core.store.audit import COMMAND_LINE, Action, record
from core.store.database import database


def note(settings: Settings, action: Action, about: str) -> None:
    """Add an entry for the command line."""
    with database(settings) as db:
        record(db, COMMAND_LINE, action, about, utc_now())
