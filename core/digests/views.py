"""Saved views and dashboards on a schedule: each view's file is the one that its page hands out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from sqlite_utils import Database

from core.alerts.message import plain
from core.digests.letter import Figure, Letter, Row, Section
from core.digests.picture import hues_of, picture_of
from core.errors import InputError
from core.explore.dashboard_files import problems
from core.explore.engine import total
from core.explore.explorers import EXPLORERS, MEASURES_OF, view_of
from core.explore.links import short_params
from core.explore.sheets import sheet_bytes
from core.explore.stored_reads import StoredView
from core.explore.view_file import by_time_columns, by_time_stem
from core.explore.view_words import view_line, view_title
from core.figures import row_scale
from core.formats import Number, count_of, period_label, short
from core.ledger.snapshot import Snapshot
from core.store.alert_files import AlertFile, FileKind
from core.store.dashboards import get_dashboard
from core.store.digests import Digest
from core.store.given_names import free_name
from core.store.saved_views import SavedView, get_view

MOST_BYTES = 15_000_000
"""Of all files of a mail: with more, many mail servers refuse it."""
_MOST_FILES = 5
"""A dashboard's files come in one, from more tiles on."""


def stored_view(ledger: Snapshot, db: Database, view: SavedView, today: date) -> StoredView:
    """A saved view as its page answers it.

    Raises:
        InputError: it cannot be read any more.
    """
    if faults := problems(view.content, MEASURES_OF):
        raise InputError(
            f"The saved view “{plain(view.name)}” can no longer be read. {faults[0]}",
            remedy="Save it anew from the explorer.",
        )
    return StoredView(EXPLORERS[view.content.page], view_of(view.content, today), ledger, today, db)


def views_of(db: Database, digest: Digest) -> list[SavedView]:
    """The saved view, or those of the dashboard's tiles, each once.

    Raises:
        InputError: what is to be sent was deleted, or the dashboard has no view.
    """
    target, is_view = digest.content.target, digest.content.kind == "view"
    if target is None:
        what = "saved view" if is_view else "dashboard"
        raise InputError(
            f"The {what} of “{plain(digest.name)}” was deleted.", remedy="Delete the digest too."
        )
    if is_view:
        return [get_view(db, target)]
    ids = dict.fromkeys(tile.view_id for tile in get_dashboard(db, target).tiles if tile.view_id is not None)
    if not ids:
        raise InputError(f"The dashboard of “{plain(digest.name)}” has no tile with a view.")
    return [get_view(db, id_) for id_ in ids]


def is_awaited(views: Iterable[StoredView], until: date) -> bool:
    """Whether some day before ``until`` that a view asks for is not known of each connection yet."""
    return any(
        view.reads.reached(view.ledger, view.whole_query, until) < min(until, view.period.end)
        for view in views
    )


def files_of(views: Iterable[StoredView], name: str) -> tuple[AlertFile, ...]:
    """Each view's file as its page names it; many together in one that is named after the dashboard."""
    contents: dict[str, bytes] = {}
    for view in views:
        file_name = f"{free_name(by_time_stem(view), (given.removesuffix('.csv') for given in contents))}.csv"
        contents[file_name] = sheet_bytes(by_time_columns(view))
    if len(contents) > _MOST_FILES:
        contents = {f"token-ledger_{slug(name)}.zip": _zipped(contents)}
    return tuple(AlertFile(FileKind.FILE, file_name, content) for file_name, content in contents.items())


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def view_letter(digest: Digest, view: StoredView, saved: SavedView) -> Letter:
    """A saved view: its number, its largest groups, its picture and its file."""
    files, note = _fitting(files_of([view], digest.name))
    amount = _amount(view)
    params = {**short_params(view.state.query, view.state.display), "view": [str(saved.id)]}
    return Letter(
        f"{plain(digest.name)}: {amount} ({view.measure.label.lower()}, {period_label(view.counted)})",
        plain(digest.name),
        f"{_demo([view])}{plain(view_line(saved.content, view.today))}. {_days(view)}{note}",
        f"{saved.content.page}?{urlencode(params, doseq=True)}",
        f"Look at it in Token Ledger under Saved views, “{plain(saved.name)}”.",
        (Figure(view.measure.label, amount, period_label(view.counted)),),
        picture_of(view, f"{view.measure.label} by {view.grain}, {period_label(view.shown_period)}"),
        (_groups(view),) if view.state.query.group_by else (),
        files,
    )


def _demo(views: Iterable[StoredView]) -> str:
    return "Demo data. " if any(view.is_demo for view in views) else ""


def _amount(view: StoredView) -> str:
    return short(view.measure, _total(view))


def _total(view: StoredView) -> Number:
    return total(view.ledger, view.query)[view.measure.name]


def _days(view: StoredView) -> str:
    """Which days the numbers are of, and what stands apart."""
    if not view.is_complete:
        return "None of its days is complete."
    words = f"Numbers are of complete days, {period_label(view.counted)}, UTC."
    if view.outside.days and view.measure.additive:
        apart = total(view.ledger, view.query.during(view.outside))[view.measure.name]
        words += (
            f" Apart from them, {short(view.measure, apart)} of {period_label(view.outside)}, not complete."
        )
    return words


def _groups(view: StoredView) -> Section:
    """As printed the groups add up to the number, where they do."""
    ranked, hues, whole = view.ranked_series(), hues_of(view), _total(view)
    values = ranked["value"].to_list()
    scale = row_scale(view.measure, (whole, *values))
    steps = scale.apportioned(values, whole) if view.measure.additive else [*map(scale.steps, values)]
    rows = (
        Row(plain(name), scale.text(step), color=hues.get(name, ""))
        for name, step in zip(ranked["series"], steps, strict=True)
    )
    return Section(view_title(view.state.query, view.state.display), tuple(rows))


def dashboard_letter(digest: Digest, views: Sequence[tuple[SavedView, StoredView]]) -> Letter:
    """A dashboard: the number of each of its views, and their files."""
    files, note = _fitting(files_of([view for _, view in views], digest.name))
    rows = tuple(
        Row(plain(saved.name), _amount(view), plain(view_line(saved.content, view.today)))
        for saved, view in views
    )
    return Letter(
        f"{plain(digest.name)}: {count_of(len(views), 'view')}",
        plain(digest.name),
        f"{_demo(view for _, view in views)}Numbers are of complete days, UTC.{note}",
        f"dashboards?board={digest.content.target}",
        "Look at it in Token Ledger on the Dashboards page.",
        sections=(Section("Views", rows),),
        files=files,
    )


def _fitting(files: tuple[AlertFile, ...]) -> tuple[tuple[AlertFile, ...], str]:
    """The files, where a mail has room for them; and what is said about them."""
    size = sum(len(file.content) for file in files)
    if size > MOST_BYTES:
        return (), f" The files are too large for a mail ({size / 10**6:.0f} MB): download them there."
    return files, f" By e-mail it comes with {count_of(len(files), 'file')}."


def slug(name: str) -> str:
    """As part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "dashboard"
