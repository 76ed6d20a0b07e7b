"""Remembers what was typed, and lists who did what."""

from __future__ import annotations

import sys

from core.clock import utc_now
from core.errors import StoreError
from core.settings import Settings
from core.store.audit import COMMAND_LINE, Action, record
from core.store.database import database


def note_copy(settings: Settings, about: str) -> None:
    """Add an entry for a copy. One of a folder that cannot be written is made all the same, and said."""
    try:
        note(settings, Action.COPIED, about)
    except StoreError as error:
        sys.stderr.write(f"The copy is made, and the audit trail does not tell of it: {error}\n")


def note(settings: Settings, action: Action, about: str) -> None:
    """Add an entry for the command line."""
    with database(settings) as db:
        record(db, COMMAND_LINE, action, about, utc_now())
