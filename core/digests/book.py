"""Sees to what is due: composes it, and puts it into the outbox, once for each due time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.clock import rfc3339
from core.digests.letter import Letter
from core.digests.letter_html import letter_html
from core.digests.letter_text import letter_text
from core.digests.numbers import Numbers
from core.digests.numbers_letter import numbers_letter
from core.digests.schedule import WAITS, last_due, told_days
from core.digests.views import dashboard_letter, is_awaited, stored_view, view_letter, views_of
from core.errors import InputError
from core.ledger.snapshot import Snapshot
from core.periods import day_of
from core.store.alert_files import AlertFile, FileKind, add_files, drop_files
from core.store.database import writing
from core.store.digests import Digest, DigestKind, list_digests, note_problem, take_due
from core.store.outbox import DIGEST, Alert, Phase, add_alert_for


@dataclass(frozen=True)
class Desk:
    """What digests are written from. ``public_url``: the address of the program, empty where unknown."""

    ledger: Snapshot
    db: Database
    now: datetime
    public_url: str


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


def send_now(desk: Desk, digest: Digest) -> int:
    """Put a digest into the outbox as if it were due now; returns the id of what is told.

    Raises:
        InputError: it cannot be written, nothing is connected, or it has no channel left.
    """
    if not desk.ledger.connections:
        raise InputError(
            "Nothing is connected, so there is nothing to send.", remedy="Add a connection first."
        )
    if not digest.content.channels:
        raise InputError(
            f"The channels of “{digest.name}” were deleted.", remedy="Delete it, and add it with another one."
        )
    letter = compose(desk, digest, desk.now)
    return _post(desk, digest, letter, f"{DIGEST}:{digest.id}:now:{rfc3339(desk.now)}")


def _see_to(desk: Desk, digest: Digest) -> bool:
    due = last_due(digest.content.schedule, desk.now)
    if due <= digest.done_until:
        return False
    try:
        if desk.now < due + WAITS and _awaits_days(desk, digest, due):
            return False
        letter = compose(desk, digest, due)
    except InputError as error:
        note_problem(desk.db, digest.id, str(error))
        return False
    with writing(desk.db):
        taken = take_due(desk.db, digest, due)
        if taken:
            _post(desk, digest, letter, f"{DIGEST}:{digest.id}:{rfc3339(due)}")
    return taken


def _awaits_days(desk: Desk, digest: Digest, due: datetime) -> bool:
    if digest.content.kind is DigestKind.NUMBERS:
        return _numbers(desk, digest, due).is_awaited
    today = day_of(desk.now)
    views = [stored_view(desk.ledger, desk.db, view, today) for view in views_of(desk.db, digest)]
    return is_awaited(views, day_of(due))


def compose(desk: Desk, digest: Digest, due: datetime) -> Letter:
    """Write it.

    Raises:
        InputError: its view or dashboard is gone or cannot be read, or a sum beyond 64 bits.
    """
    if digest.content.kind is DigestKind.NUMBERS:
        return numbers_letter(digest.name, _numbers(desk, digest, due))
    saved, today = views_of(desk.db, digest), day_of(desk.now)
    views = [(view, stored_view(desk.ledger, desk.db, view, today)) for view in saved]
    if digest.content.kind is DigestKind.DASHBOARD:
        return dashboard_letter(digest, views)
    return view_letter(digest, views[0][1], views[0][0])


def _numbers(desk: Desk, digest: Digest, due: datetime) -> Numbers:
    return Numbers(desk.ledger, desk.db, told_days(digest.content.schedule, due), day_of(desk.now))


def _post(desk: Desk, digest: Digest, letter: Letter, event: str) -> int:
    """Into the outbox, with all that a mail has beside its text."""
    link = f"{desk.public_url}/{letter.page}" if desk.public_url else ""
    files = [AlertFile(FileKind.HTML, "", letter_html(letter, link))]
    if letter.picture:
        files.append(AlertFile(FileKind.PICTURE, "cost.png", letter.picture.png))
    text = letter_text(letter, has_link=bool(link))
    alert = Alert(event, DIGEST, Phase.BEGUN, letter.subject, text, letter.page, desk.now)
    with writing(desk.db):
        alert_id = add_alert_for(desk.db, alert, digest.content.channels)
        add_files(desk.db, alert_id, [*files, *letter.files])
    return alert_id
