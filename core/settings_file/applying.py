"""Writes a file of settings from the store, and brings the store up to one: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from core.errors import InputError
from core.settings_file.alerting import RULES_OF_ALERTS
from core.settings_file.digests import DIGESTS
from core.settings_file.entries import FORMAT, VERSION, Entry, SettingsFile
from core.settings_file.form import ReadFile
from core.settings_file.hearing import MUTED, QUIET_HOURS
from core.settings_file.library import DASHBOARDS, FILTERS, VIEWS
from core.settings_file.owning import as_it_stands, as_written
from core.settings_file.planning import ANNOTATIONS, PLANS
from core.settings_file.section import Into, Section
from core.settings_file.telling import CHANNELS
from core.store.database import reading, writing
from core.store.secrets import Vault

SECTIONS: tuple[Section, ...] = (
    FILTERS, VIEWS, DASHBOARDS, PLANS, ANNOTATIONS, MUTED, QUIET_HOURS, CHANNELS, RULES_OF_ALERTS, DIGESTS,
)  # fmt: skip
"""In the order in which they are applied: dashboards show views, rules and digests name plans, channels and
views."""


class Verb(StrEnum):
    """What becomes of an entry."""

    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    LEAVE = "leave"


@dataclass(frozen=True)
class Step:
    """One difference between file and store. ``fields``: those that change; ``note``: what to know of it."""

    verb: Verb
    word: str
    called: str
    fields: tuple[str, ...] = ()
    note: str = ""


class _OnlyTriedError(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


def exported(db: Database) -> SettingsFile:
    """All that people set up, without any secret."""
    with reading(db):
        parts: dict[str, Any] = {
            section.name: tuple(map(as_written, section.stored(db))) for section in SECTIONS
        }
    return SettingsFile(format=FORMAT, version=VERSION, **parts)


def applied(
    db: Database, vault: Vault, file: ReadFile, now: datetime, *, prune: bool = False, only_try: bool = False
) -> list[Step]:
    """Bring the store up to a file; returns what changed, and with ``prune`` what went.

    What is stored and not in the file stays, unless ``prune`` says otherwise; a part that the file leaves out
    stays in any case. ``only_try``: do the same, and undo it.

    Raises:
        InputError: an entry cannot be kept; nothing was changed.
    """
    steps: list[Step] = []
    try:
        with writing(db):
            steps += _put_all(Into(db, now, vault), file)
            steps += _pruned(db, file) if prune else _left(db, file)
            if only_try:
                raise _OnlyTriedError
    except _OnlyTriedError:
        pass
    return steps


def _put_all(into: Into, file: ReadFile) -> Iterator[Step]:
    for section in SECTIONS:
        stored = _by_key(section, section.stored(into.db))
        for path, said in _wanted(section, file).values():
            before = stored.get(section.key(said))
            entry = as_it_stands(said, before)
            if entry != before:
                try:
                    note = section.put(into, entry)
                except InputError as error:
                    raise file.fault(path, error) from None
                verb = Verb.ADD if before is None else Verb.CHANGE
                yield Step(verb, section.word, section.called(entry), _changed(before, entry), note)


def _wanted(section: Section, file: ReadFile) -> dict[str, tuple[str, Any]]:
    """A part's entries by key, each with its path.

    Raises:
        InputError: one of them means nothing, or stands there twice.
    """
    wanted: dict[str, tuple[str, Any]] = {}
    for number, raw in enumerate(getattr(file.content, section.name) or ()):
        path = f"$.{section.name}[{number}]"
        try:
            entry = section.canonical(raw)
            if section.key(entry) in wanted:
                raise InputError(f"The {section.word} “{section.called(entry)[:60]}” stands there twice.")
        except InputError as error:
            raise file.fault(path, error) from None
        wanted[section.key(entry)] = path, entry
    return wanted


def _by_key(section: Section, entries: Any) -> dict[str, Any]:
    return {section.key(entry): entry for entry in entries}


def _changed(before: Entry | None, entry: Entry) -> tuple[str, ...]:
    """The fields that differ; none of an entry that is new."""
    if before is None:
        return ()
    return tuple(name for name in entry.__struct_fields__ if getattr(before, name) != getattr(entry, name))


def _unnamed(db: Database, file: ReadFile) -> Iterator[tuple[Section, Any]]:
    """What is stored and not in the file, of the parts that the file has; what shows others first."""
    for section in reversed(SECTIONS):
        if getattr(file.content, section.name) is None or section.drop is None:
            continue
        wanted = _wanted(section, file)
        for key, entry in _by_key(section, section.stored(db)).items():
            if key not in wanted:
                yield section, entry


def _pruned(db: Database, file: ReadFile) -> Iterator[Step]:
    for section, entry in _unnamed(db, file):
        if section.drop:
            section.drop(db, entry)
            yield Step(Verb.DELETE, section.word, section.called(entry))


def _left(db: Database, file: ReadFile) -> Iterator[Step]:
    for section, entry in _unnamed(db, file):
        yield Step(Verb.LEAVE, section.word, section.called(entry))


def counted(steps: list[Step]) -> Mapping[Verb, int]:
    """How many steps there are of each kind."""
    return {verb: sum(step.verb is verb for step in steps) for verb in Verb}
