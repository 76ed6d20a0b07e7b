"""Digests, and views and dashboards on a schedule, in a file of settings: what they send by name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

from core.digests.schedule import WEEKDAYS, usable_schedule
from core.errors import InputError
from core.settings_file.entries import DigestEntry
from core.settings_file.section import Into, Section
from core.store import digests
from core.store.channels import list_channels
from core.store.dashboards import list_dashboards
from core.store.digests import Digest, DigestContent, DigestKind
from core.store.given_names import named
from core.store.saved_views import list_views


def _digests(db: Database) -> list[DigestEntry]:
    """One whose view or dashboard was deleted cannot be said, and is left out."""
    names = {kind: {id_: name for name, id_ in _targets(db, kind).items()} for kind in DigestKind}
    channels = {channel.id: channel.name for channel in list_channels(db)}
    return [
        _entry(kept, names[kept.content.kind], channels)
        for kept in digests.list_digests(db)
        if not kept.lost_target
    ]


def _entry(kept: Digest, targets: Mapping[int, str], channels: Mapping[int, str]) -> DigestEntry:
    schedule = kept.content.schedule
    return DigestEntry(
        name=kept.name,
        kind=kept.content.kind.value,
        on=kept.is_on,
        of=None if kept.content.target is None else targets[kept.content.target],
        weekday=None if schedule.weekday is None else WEEKDAYS[schedule.weekday],
        hour=schedule.hour,
        zone=schedule.zone,
        channels=tuple(sorted(channels[id_] for id_ in kept.content.channels)),
    )


def _targets(db: Database, kind: DigestKind) -> dict[str, int]:
    """What a digest of this kind can send, by name."""
    if kind is DigestKind.NUMBERS:
        return {}
    listed = list_views(db) if kind is DigestKind.VIEW else list_dashboards(db)
    return {item.name: item.id for item in listed}


def _canonical(entry: DigestEntry) -> DigestEntry:
    if entry.kind not in set(DigestKind):
        says = f"There is no digest of the kind {entry.kind[:40]!r}."
        raise InputError(says, remedy=f"Choose from: {', '.join(DigestKind)}.")
    if (entry.of is None) is not (entry.kind == DigestKind.NUMBERS):
        raise InputError("A digest names its view or dashboard in “of”; one of numbers names nothing.")
    weekday = None if entry.weekday is None else entry.weekday.strip().capitalize()
    if weekday is not None and weekday not in WEEKDAYS:
        raise InputError(
            f"There is no weekday {weekday[:20]!r}.", remedy=f"Choose from: {', '.join(WEEKDAYS)}."
        )
    usable_schedule(None, entry.hour, entry.zone)
    return DigestEntry(
        name=entry.name.strip(), kind=entry.kind, on=entry.on, of=entry.of, weekday=weekday, hour=entry.hour,
        zone=entry.zone, channels=tuple(sorted(set(entry.channels))),
    )  # fmt: skip


def _put(into: Into, entry: DigestEntry) -> str:
    db, kept, content = into.db, named(digests.list_digests(into.db), entry.name), _content(into.db, entry)
    if kept is None:
        kept = digests.add_digest(db, entry.name, content, into.now)
    else:
        digests.change_digest(db, kept.id, entry.name, content, into.now)
    if kept.is_on is not entry.on:
        digests.switch_digest(db, kept.id, is_on=entry.on, at=into.now)
    return ""


def _content(db: Database, entry: DigestEntry) -> DigestContent:
    kind, channels = DigestKind(entry.kind), {channel.name: channel.id for channel in list_channels(db)}
    return DigestContent(
        kind,
        None if entry.of is None else _id_of(_targets(db, kind), entry.of, entry.kind),
        usable_schedule(
            None if entry.weekday is None else WEEKDAYS.index(entry.weekday), entry.hour, entry.zone
        ),
        tuple(sorted(_id_of(channels, name, "channel") for name in entry.channels)),
    )


def _id_of(ids: Mapping[str, int], name: str, word: str) -> int:
    if name not in ids:
        raise InputError(f"There is no {word} “{name[:60]}”.", remedy=f"Name a {word} as it is written here.")
    return ids[name]


def _drop(db: Database, entry: DigestEntry) -> None:
    if kept := named(digests.list_digests(db), entry.name):
        digests.delete_digest(db, kept.id)


DIGESTS = Section("digests", "digest", _digests, _canonical, _put, _drop)
