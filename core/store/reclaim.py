"""Gives back the room of what was deleted, and leaves no byte of it."""

from __future__ import annotations

import sqlite3

from core.settings import Settings
from core.store.database import database
from core.store.refusals import is_unwritable

_WAIT_MILLISECONDS = 5_000
"""For who writes or reads just then; what cannot be reclaimed now was overwritten with zeros all the same."""


def reclaim(settings: Settings) -> None:
    """Write the database anew without its free pages, and empty the log.

    Left out where there is no room for it, or while somebody else is at work for long.
    """
    with database(settings) as db:
        db.conn.execute(f"PRAGMA busy_timeout = {_WAIT_MILLISECONDS}")
        try:
            db.conn.execute("VACUUM")
            db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            if not (is_unwritable(error) or error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY):
                raise
