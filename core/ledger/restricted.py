"""A part of the ledger, as the whole ledger to whoever may see no more.

A restricted snapshot has only the files, days, connections, labels and list entries of the rows that may be
seen, and each scan drops all others. So whoever asks it, by whatever query, gets no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec
import polars as pl

from core.dimensions import Origin
from core.ledger.lists import Lists
from core.ledger.manifest import ListEntry
from core.ledger.namesakes import ID_COLUMNS, Labels, Namesake
from core.ledger.pseudonyms import disguise_of, veiled_labels, veiled_lists
from core.ledger.reading import collected
from core.ledger.restriction import Restriction
from core.ledger.rollups import ROLLUPS
from core.ledger.snapshot import LedgerFile, Snapshot
from core.periods import ONE_DAY, Period

_NAMES = tuple(column for pair in ID_COLUMNS.items() for column in pair)
_CREATOR = "api_key_creator"


def restricted(ledger: Snapshot, restriction: Restriction) -> Snapshot:
    """The ledger as those see it who may see ``restriction`` of it."""
    of_ledger = replace(
        restriction,
        user_ids=tuple(sorted(_user_ids(ledger, restriction.email))),
        platform=tuple(c.id for c in ledger.connections if c.origin is Origin.PLATFORM),
    )
    filtered = replace(ledger, restriction=of_ledger)
    seen = _seen(filtered)
    shown = _with_names(filtered, ledger, seen)
    return _veiled(shown, seen) if restriction.veil else shown


def _with_names(filtered: Snapshot, ledger: Snapshot, seen: pl.DataFrame) -> Snapshot:
    """The files, connections, labels and lists of the rows that are seen."""
    ids = set(seen["user_id"])
    return replace(
        filtered,
        files=tuple(_files(ledger, seen)),
        connections=tuple(c for c in ledger.connections if c.id in _connections(seen, filtered.restriction)),
        labels=Labels(
            tuple(_namesakes(ledger, seen)),
            tuple(person for person in ledger.labels.persons if person[0] in ids),
        ),
        lists=Lists(tuple(_entries(ledger, seen))),
    )


def _user_ids(ledger: Snapshot, email: str) -> Iterator[str]:
    """Ids behind an e-mail address, by the lists, and by the rows of a person who has several."""
    yield from (id_ for id_, known_as in ledger.labels.persons if known_as.casefold() == email)
    for entry in ledger.lists.by_dimension.get("user_id", ()):
        if entry.id and entry.name.casefold() == email:
            yield entry.id


def _seen(ledger: Snapshot) -> pl.DataFrame:
    """What the rows of a filtered ledger name, by connection and month, with the first and last day."""
    needed = {*_NAMES, "product"}
    rollup = next(rollup for rollup in ROLLUPS if rollup.holds(needed, by_day=True))
    summed = [file for file in ledger.files if file.rollup_path(rollup)]
    whole = [file for file in ledger.files if not file.rollup_path(rollup)]
    scans = [ledger.scan(summed, rollup)] * bool(summed) + [ledger.scan(whole)] * (bool(whole) or not summed)
    named = pl.concat(
        scan.select("day", "connection_id", *(pl.col(name).cast(pl.String) for name in _NAMES))
        for scan in scans
    )
    month = pl.col("day").dt.month_start().alias("month")
    days = (pl.col("day").min().alias("first_day"), pl.col("day").max().alias("last_day"))
    return collected(named.group_by("connection_id", month, *_NAMES).agg(days))


def _files(ledger: Snapshot, seen: pl.DataFrame) -> Iterator[LedgerFile]:
    """Those with rows, each from the first of its days to the last that has any."""
    by_month = seen.group_by("connection_id", "month").agg(
        pl.col("first_day").min(), pl.col("last_day").max()
    )
    days: dict[tuple[int, date], Period] = {
        (connection, month): Period(first, last + ONE_DAY)
        for connection, month, first, last in by_month.select(
            "connection_id", "month", "first_day", "last_day"
        ).iter_rows()
    }
    for file in ledger.files:
        if shown := days.get((file.connection_id, file.month)):
            yield replace(file, days=shown)


def _veiled(ledger: Snapshot, seen: pl.DataFrame) -> Snapshot:
    """With pseudonyms in the place of all names but that of who asks."""
    restriction = ledger.restriction
    if restriction is None or restriction.veil is None:
        return ledger
    bearers = _bearers(seen, "user")
    own = [
        (c, id_, name) for c, id_, name in bearers if id_ in restriction.user_ids or _is(name, restriction)
    ]
    disguise = disguise_of(restriction.veil, bearers, ledger.labels, own)
    return replace(
        ledger,
        restriction=replace(restriction, disguise=disguise),
        labels=veiled_labels(ledger.labels),
        lists=veiled_lists(ledger.lists, disguise),
    )


def _is(name: str | None, restriction: Restriction) -> bool:
    return (name or "").casefold() == restriction.email


def _connections(seen: pl.DataFrame, restriction: Restriction | None) -> set[int]:
    """Those with rows, and those that may be seen whole."""
    whole = (
        scope.connections
        for scope in (restriction.scopes if restriction else ())
        if not (scope.workspaces or scope.products or scope.own)
    )
    return set(seen["connection_id"]).union(*whole)


def _bearers(seen: pl.DataFrame, dimension: str) -> set[tuple[int, str | None, str | None]]:
    """Connection, id and name of all that the rows name in a dimension of names."""
    return set(seen.select("connection_id", ID_COLUMNS[dimension], dimension).iter_rows())


def _namesakes(ledger: Snapshot, seen: pl.DataFrame) -> Iterator[Namesake]:
    bearers = {dimension: _bearers(seen, dimension) for dimension in ID_COLUMNS}
    for namesake in ledger.labels.namesakes:
        if (namesake.connection_id, namesake.id, namesake.name) in bearers.get(namesake.dimension, ()):
            yield namesake


def _entries(ledger: Snapshot, seen: pl.DataFrame) -> Iterator[ListEntry]:
    """Those whom the rows name. Who made a key may be somebody who is not to be seen."""
    ids = {column: set(seen.select("connection_id", column).iter_rows()) for column in ID_COLUMNS.values()}
    users = set(seen["user"])
    for entry in ledger.lists.entries:
        if (entry.connection_id, entry.id) in ids.get(entry.dimension, ()):
            values = entry.values
            if values.get(_CREATOR) not in users:
                values = {name: value for name, value in values.items() if name != _CREATOR}
            yield msgspec.structs.replace(entry, values=values)
