"""What people want to hear nothing of, in a file of settings: quiet hours, and muted series."""

from __future__ import annotations

from sqlite_utils import Database

from core.dimensions import DIMENSIONS
from core.errors import InputError
from core.explore.query import Empty
from core.settings_file.entries import MutedEntry, QuietEntry
from core.settings_file.section import Into, Section
from core.store.findings import SeriesKey, mute, muted_series, unmute
from core.store.quiet_hours import QuietHours, quiet_hours, set_quiet_hours
from core.visible import is_visible


def _quiet(db: Database) -> list[QuietEntry]:
    kept = quiet_hours(db)
    return [_entry(kept)] if kept else []


def _entry(hours: QuietHours) -> QuietEntry:
    return QuietEntry(start=hours.start, end=hours.end, zone=hours.zone, syncs_pass=hours.lets_syncs_through)


def _hours(entry: QuietEntry) -> QuietHours:
    return QuietHours(entry.start, entry.end, entry.zone, entry.syncs_pass)


def _put_quiet(into: Into, entry: QuietEntry) -> str:
    set_quiet_hours(into.db, _hours(entry))
    return ""


QUIET_HOURS = Section(
    "quiet_hours", "quiet hours", _quiet, lambda entry: _entry(_hours(entry)), _put_quiet,
    lambda db, _: set_quiet_hours(db, None), lambda _: "", lambda entry: f"{entry.start} to {entry.end}",
)  # fmt: skip


def _muted(db: Database) -> list[MutedEntry]:
    entries = [
        MutedEntry(label=label, dimension=key.dimension, value=key.value, empty=key.empty)
        for key, label in muted_series(db).items()
    ]
    return sorted(entries, key=lambda entry: (entry.dimension, entry.label.casefold(), _muted_key(entry)))


def _canonical_muted(entry: MutedEntry) -> MutedEntry:
    if not is_visible(entry.label):
        raise InputError("A muted series has a label, which is shown.", remedy="Write what it is called.")
    if entry.dimension and entry.dimension not in DIMENSIONS:
        raise InputError(
            f"There is no dimension {entry.dimension[:40]!r}.",
            remedy=f"Choose from: {', '.join(DIMENSIONS)}.",
        )
    if entry.empty is not None and entry.empty not in {reason.value for reason in Empty}:
        raise InputError(f"No value is empty for {entry.empty[:40]!r}.")
    if [entry.value, entry.empty].count(None) != (1 if entry.dimension else 2):
        raise InputError(
            "A muted series is one value of a dimension, or why there is none.",
            remedy="Give “dimension” and “value”, or neither for all there is.",
        )
    return entry


def _put_muted(into: Into, entry: MutedEntry) -> str:
    """With another label, too."""
    unmute(into.db, _key(entry))
    mute(into.db, _key(entry), entry.label, into.now)
    return ""


def _key(entry: MutedEntry) -> SeriesKey:
    return SeriesKey(entry.dimension, entry.value, entry.empty)


def _muted_key(entry: MutedEntry) -> str:
    return repr(_key(entry))


MUTED = Section(
    "muted", "muted series", _muted, _canonical_muted, _put_muted,
    lambda db, entry: unmute(db, _key(entry)), _muted_key, lambda entry: str(entry.label),
)  # fmt: skip
