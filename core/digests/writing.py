"""Writes a digest: which days it waits for, its letter, and what of that a mail and a chat get."""

from __future__ import annotations

from datetime import datetime

from core.digests.desk import Desk
from core.digests.letter import Letter
from core.digests.letter_html import letter_html
from core.digests.letter_text import letter_text
from core.digests.numbers import Numbers
from core.digests.numbers_letter import numbers_letter
from core.digests.schedule import told_days
from core.digests.views import dashboard_letter, is_awaited, stored_view, view_letter, views_of
from core.periods import day_of
from core.store.alert_files import AlertFile, FileKind
from core.store.digests import Digest, DigestKind
from core.store.outbox import DIGEST, Alert, Phase


def awaits_days(desk: Desk, digest: Digest, due: datetime) -> bool:
    """Whether days that it tells of are not known yet.

    Raises:
        InputError: its view or dashboard is gone or cannot be read.
    """
    if digest.content.kind is DigestKind.NUMBERS:
        return _numbers(desk, digest, due).is_awaited
    today = day_of(desk.now)
    views = [stored_view(desk.ledger, desk.db, view, today) for view in views_of(desk.db, digest)]
    return is_awaited(views, day_of(due))


def written(desk: Desk, digest: Digest, due: datetime, event: str) -> tuple[Alert, list[AlertFile]]:
    """What every channel is sent, and what a mail has beside it.

    Raises:
        InputError: its view or dashboard is gone or cannot be read, or a sum beyond 64 bits.
    """
    letter = _letter(desk, digest, due)
    link = f"{desk.public_url}/{letter.page}" if desk.public_url else ""
    text = letter_text(letter, has_link=bool(link))
    alert = Alert(event, DIGEST, Phase.BEGUN, letter.subject, text, letter.page, desk.now)
    files = [AlertFile(FileKind.HTML, "", letter_html(letter, link))]
    if letter.picture:
        files.append(AlertFile(FileKind.PICTURE, "cost.png", letter.picture.png))
    return alert, [*files, *letter.files]


def _letter(desk: Desk, digest: Digest, due: datetime) -> Letter:
    if digest.content.kind is DigestKind.NUMBERS:
        return numbers_letter(digest.name, _numbers(desk, digest, due))
    saved, today = views_of(desk.db, digest), day_of(desk.now)
    views = [(view, stored_view(desk.ledger, desk.db, view, today)) for view in saved]
    if digest.content.kind is DigestKind.DASHBOARD:
        return dashboard_letter(digest, views)
    return view_letter(digest, views[0][1], views[0][0])


def _numbers(desk: Desk, digest: Digest, due: datetime) -> Numbers:
    return Numbers(desk.ledger, desk.db, told_days(digest.content.schedule, due), day_of(desk.now))
