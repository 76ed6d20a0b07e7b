"""Sees to what is due: has it written, and puts it into the outbox, once for each due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.clock import rfc3339
from core.digests.desk import Desk
from core.digests.schedule import WAITS, last_due
from core.errors import InputError
from core.store.alert_files import AlertFile, add_files, drop_files
from core.store.database import writing
from core.store.digests import Digest, list_digests, note_problem, take_due
from core.store.outbox import DIGEST, Alert, add_alert


def evaluate(desk: Desk) -> int:
    """Put every digest whose time has come into the outbox; returns how many.

    Of due times that were missed only the last is seen to. One whose days are not known yet waits for them.
    Without a connection there is nothing to tell.

    Raises:
        StoreError: it cannot be kept.
    """
    drop_files(desk.db)
    if not desk.ledger.connections:
        return 0
    return sum(_see_to(desk, digest) for digest in list_digests(desk.db) if digest.is_on)


def send_now(desk: Desk, digest: Digest) -> None:
    """Put a digest into the outbox as if it were due now.

    Raises:
        InputError: it cannot be written, nothing is connected, or it has no channel left.
    """
    if not desk.ledger.connections:
        raise InputError("Nothing is connected: there is nothing to send.", remedy="Add a connection first.")
    if not digest.content.channels:
        raise InputError(
            f"The channels of “{digest.name}” were deleted.", remedy="Delete it, and add it with another one."
        )
    _post(desk, digest, *_written(desk, digest, desk.now, f"{DIGEST}:{digest.id}:now:{rfc3339(desk.now)}"))


def _see_to(desk: Desk, digest: Digest) -> bool:
    """Of two processes that write it at once, only the first to be done puts it into the outbox."""
    due = last_due(digest.content.schedule, desk.now)
    if due <= digest.done_until:
        return False
    try:
        if desk.now < due + WAITS and _awaits_days(desk, digest, due):
            return False
        alert, files = _written(desk, digest, due, f"{DIGEST}:{digest.id}:{rfc3339(due)}")
    except InputError as error:
        note_problem(desk.db, digest.id, str(error))
        return False
    with writing(desk.db):
        taken = take_due(desk.db, digest, due)
        if taken:
            _post(desk, digest, alert, files)
    return taken


def _post(desk: Desk, digest: Digest, alert: Alert, files: Sequence[AlertFile]) -> None:
    with writing(desk.db):
        add_files(desk.db, add_alert(desk.db, alert, channels=digest.content.channels), files)


def _awaits_days(desk: Desk, digest: Digest, due: datetime) -> bool:
    from core.digests.writing import awaits_days  # loads what draws, which takes a second

    return awaits_days(desk, digest, due)


def _written(desk: Desk, digest: Digest, due: datetime, event: str) -> tuple[Alert, list[AlertFile]]:
    from core.digests.writing import written  # loads what draws, which takes a second

    return written(desk, digest, due, event)
