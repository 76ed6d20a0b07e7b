"""What is done so that an installation stays as it should be: people are forgotten, backups made."""

from __future__ import annotations

from datetime import timedelta

from core.clock import Clock, utc_now
from core.ledger.build import forget_superseded, refresh_ledger
from core.periods import day_of
from core.settings import Settings
from core.store import backup_schedule, erasing
from core.store.database import database
from core.store.erasing import Person
from core.store.reclaim import reclaim
from core.sync.lock import sync_lock


def build_ledger(settings: Settings, clock: Clock = utc_now) -> None:
    """Bring the ledger up to date, with nobody named in it longer than is set. With the sync lock held."""
    if settings.names_days:
        with database(settings) as db:
            erasing.erase_old_people(db, day_of(clock()) - timedelta(days=settings.names_days))
    refresh_ledger(settings, clock)


def back_up_daily(settings: Settings, clock: Clock = utc_now) -> None:
    """Make the backup of the day where that is set; see :func:`core.store.backup_schedule.back_up_daily`."""
    backup_schedule.back_up_daily(settings, clock())


def find_person(settings: Settings, who: str) -> Person:
    """What is stored of a person; see :func:`core.store.erasing.find_person` for what it raises."""
    with database(settings) as db:
        return erasing.find_person(db, who)


def erase_person(settings: Settings, who: str, clock: Clock = utc_now) -> str:
    """Erase a person for good, from database and ledger; returns what they are called now.

    Raises:
        SyncBusyError: a sync is running.
        InputError: nobody is known by that id or e-mail.
        StoreError: the database or the ledger cannot be written.
    """
    with sync_lock(settings):
        with database(settings) as db:
            name = erasing.erase_person(db, erasing.find_person(db, who), clock())
        refresh_ledger(settings, clock)
        forget_superseded(settings)
    reclaim(settings)
    return name
