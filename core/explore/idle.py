"""Who stopped using what they hold, and which API keys go on being used though somebody should look at them.

Directory lists exist for the Claude Platform alone. On claude.ai, who was seen before and is not any more
holds a seat. Idle is who uses nothing anywhere; who does, but nothing at an Origin where they hold a seat,
has an unused seat there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import polars as pl

from core.dimensions import DIMENSIONS, Origin
from core.explore.labels import value_label
from core.ledger.namesakes import is_email
from core.periods import Period, day_of
from core.store.directory import ListedKey, ListedUser

IDLE_DAYS = 30
DELETED = "Deleted User"
"""How claude.ai names the users it deleted."""

_ACTIVE, _EXPIRED = "active", "expired"


def idle_window(today: date) -> Period:
    """Whole days before today. Use today counts as use, and need not be known yet."""
    return Period(today - timedelta(days=IDLE_DAYS), today)


@dataclass(frozen=True)
class LastSeen:
    """Somebody in the ledger, over all there is.

    ``mails``: in lower case. ``days``: the last by connection. ``deleted``: connections that deleted them.
    """

    label: str
    ids: frozenset[str]
    mails: frozenset[str]
    days: Mapping[int, date]
    deleted: frozenset[int] = frozenset()
    first_day: date | None = None


@dataclass(frozen=True)
class Listed:
    """Somebody in a directory list; ``active``: should be in use. ``since``: in it since, where it tells.

    ``mail``: in lower case, of people.
    """

    connection_id: int
    id: str
    label: str
    since: date | None
    active: bool
    mail: str | None = None


@dataclass(frozen=True)
class Idle:
    """Somebody without use in ``idle_window``. ``last_day`` None: never seen.

    ``known`` is False where a connection of theirs lacks days of the window: they may have been active then.
    """

    id: str | None
    label: str
    connection_ids: tuple[int, ...]
    since: date | None
    last_day: date | None
    known: bool


@dataclass(frozen=True)
class UnusedSeat:
    """Somebody without use at ``origin`` in ``idle_window``, who has use elsewhere, on ``elsewhere`` at last.

    The rest is as for :class:`Idle`, of the seat alone.
    """

    origin: Origin
    seat: Idle
    elsewhere: date


@dataclass(frozen=True)
class Suspect:
    """A key with use in the last thirty days that somebody should look at, and why, in sentences."""

    connection_id: int
    id: str
    name: str
    reasons: tuple[str, ...]
    creator: str | None
    last_day: date


def seen_last(frame: pl.DataFrame) -> list[LastSeen]:
    """The people, or keys, of ``core.explore.ranking.last_seen``."""
    found: dict[str, list[_Row]] = defaultdict(list)
    columns = frame.select("identity", "label", "name", "id", "connection_id", "last_day", "first_day")
    for identity, *row in columns.iter_rows():
        found[identity].append(_Row(*row))
    return [_last_seen(rows) for rows in found.values()]


class _Row(NamedTuple):
    label: str
    name: str
    id: str | None
    connection_id: int
    last_day: date
    first_day: date


def _last_seen(rows: Sequence[_Row]) -> LastSeen:
    """``rows``: of one, the newest first."""
    newest = {row.connection_id: row for row in reversed(rows)}
    return LastSeen(
        rows[0].label,
        frozenset(row.id for row in rows if row.id),
        frozenset(row.name.lower() for row in rows if is_email(row.name)),
        {id_: row.last_day for id_, row in newest.items()},
        frozenset(id_ for id_, row in newest.items() if row.name == DELETED),
        min(row.first_day for row in rows),
    )


def listed_keys(keys: Iterable[ListedKey]) -> list[Listed]:
    """A key is active while its list has it and says so."""
    return [
        Listed(
            k.connection_id, k.id, value_label(DIMENSIONS["api_key"], k.name), _day(k.created_at),
            k.status == _ACTIVE and not k.gone_at,
        )
        for k in keys
    ]  # fmt: skip


def listed_users(users: Iterable[ListedUser]) -> list[Listed]:
    """A user is active while the list has them."""
    return [
        Listed(
            u.connection_id, u.id, value_label(DIMENSIONS["user"], u.name), _day(u.added_at), not u.gone_at,
            u.name.lower() if is_email(u.name) else None,
        )
        for u in users
    ]  # fmt: skip


def find_idle(holders: Iterable[Holder], uncovered: Collection[int], today: date) -> list[Idle]:
    """Those with a seat who have no use anywhere in ``idle_window``; longest idle first.

    ``uncovered``: connections that lack days of the window.
    """
    start = idle_window(today).start
    found = [one.idle(one.seats, one.days, uncovered) for one in holders if one.seats]
    quiet = [one for one in found if one.last_day is None or one.last_day < start]
    return sorted(quiet, key=lambda one: (one.last_day or date.min, one.label, one.id or ""))


def find_unused_seats(
    holders: Iterable[Holder], origins: Mapping[int, Origin], uncovered: Collection[int], today: date
) -> list[UnusedSeat]:
    """Seats without use in ``idle_window`` at their Origin, of those who have use elsewhere in it.

    The longest unused first. ``origins``: of each connection.
    """
    start, found = idle_window(today).start, []
    for one in holders:
        for origin in dict.fromkeys(origins[id_] for id_ in one.seats):
            here = {id_: day for id_, day in one.days.items() if origins.get(id_) is origin}
            elsewhere = max((day for id_, day in one.days.items() if id_ not in here), default=None)
            seat = one.idle([id_ for id_ in one.seats if origins[id_] is origin], here, uncovered)
            if elsewhere and elsewhere >= start and (seat.last_day is None or seat.last_day < start):
                found.append(UnusedSeat(origin, seat, elsewhere))
    return sorted(found, key=lambda one: (one.seat.last_day or date.min, one.seat.label, one.origin))


@dataclass(frozen=True)
class Holder:
    """Somebody in a list, in the ledger or both. ``seats``: the connections where use is due; ``days``: of
    the last use in each; ``since``: when a list of each seat says it began."""

    id: str | None
    label: str
    seats: tuple[int, ...]
    days: Mapping[int, date]
    since: date | None

    def idle(self, seats: Sequence[int], days: Mapping[int, date], uncovered: Collection[int]) -> Idle:
        """As one without use: in ``seats``, seen on ``days`` only."""
        where = tuple(dict.fromkeys((*seats, *sorted(days))))
        known = not any(id_ in uncovered for id_ in where)
        return Idle(self.id, self.label, where, self.since, max(days.values(), default=None), known)


def holders_of(seen: Iterable[LastSeen], listed: Iterable[Listed], today: date) -> list[Holder]:
    """Everybody, one for each person or key: by an id, or an e-mail, that ledger and lists share.

    Who was listed less than thirty days ago is new, and need not have used anything. Of connections with a
    list, who is not in it is gone; so are deleted users.
    """
    seen, listed, start = list(seen), list(listed), idle_window(today).start
    with_list = {one.connection_id for one in listed}
    by_mark = {mark: one for one in seen for mark in (*one.ids, *one.mails)}
    entries: dict[object, list[Listed]] = defaultdict(list)
    for one in listed:
        person = by_mark.get(one.id) or by_mark.get(one.mail or "")
        entries[id(person) if person else one.mail or one.id].append(one)
    holders = [_holder(one, entries.pop(id(one), []), with_list, start) for one in seen]
    return holders + [_holder(None, several, with_list, start) for several in entries.values()]


def _holder(seen: LastSeen | None, listed: list[Listed], with_list: set[int], start: date) -> Holder:
    due = [one for one in listed if one.active and (one.since is None or one.since < start)]
    days = seen.days if seen else {}
    by_sight = sorted(set(days) - with_list - seen.deleted) if seen else []
    ids = [one.id for one in due or listed] + sorted(seen.ids if seen else ())
    since = min((one.since for one in due if one.since), default=None)
    seats = tuple(dict.fromkeys((*(one.connection_id for one in due), *by_sight)))
    return Holder(next(iter(ids), None), seen.label if seen else listed[0].label, seats, days, since)


def find_suspects(
    keys: Iterable[ListedKey], last_days: Mapping[str, date], users_listed: Collection[int], today: date
) -> list[Suspect]:
    """Keys used in the last thirty days whose state is not active, or whose creator is gone.

    ``users_listed``: connections whose list of users was read; elsewhere nothing is known about creators.
    """
    suspects = []
    for key in keys:
        last_day = last_days.get(key.id)
        if last_day is None or last_day < idle_window(today).start:
            continue
        reasons = (*_state_reasons(key, last_day), *_creator_reasons(key, users_listed))
        if reasons:
            suspects.append(Suspect(key.connection_id, key.id, key.name, reasons, key.creator, last_day))
    return suspects


def find_unlisted(
    seen: Iterable[LastSeen], keys: Iterable[ListedKey], read_on: Mapping[int, date], today: date
) -> list[Suspect]:
    """Keys used in the last thirty days, and before the list was last read, that it never had.

    ``read_on``: the day each connection's list of API keys was last read; elsewhere nothing is known.
    """
    listed = {key.id for key in keys}
    return [
        Suspect(place, id_, one.label, (_UNLISTED,), None, last_day)
        for one in seen
        for id_ in sorted(one.ids - listed)
        for place, last_day in one.days.items()
        if place in read_on
        and last_day >= idle_window(today).start
        and (one.first_day or last_day) < read_on[place]
    ]


_UNLISTED = "In no list of API keys: nobody can tell who made it, or whether it is active."


def _state_reasons(key: ListedKey, last_day: date) -> list[str]:
    """An expired key is at fault only where it was used after its end; of other states no day is reported."""
    ended = _day(key.expires_at)
    if key.gone_at:
        return [f"No longer in the list of API keys since {_day(key.gone_at)}."]
    if ended and last_day > ended:
        return [f"Expired on {ended} and used after it."]
    if key.status in (None, _ACTIVE) or (key.status == _EXPIRED and ended):
        return []
    return [f"Its state is “{key.status}”."]


def _creator_reasons(key: ListedKey, users_listed: Collection[int]) -> list[str]:
    """Of people only: a service account is in no list of users."""
    if not (key.created_by_id or "").startswith("user_") or key.connection_id not in users_listed:
        return []
    if key.creator is None:
        return ["Its creator is not in the list of users."]
    gone = _day(key.creator_gone_at)
    return [f"Its creator is no longer in the list of users since {gone}."] if gone else []


def _day(instant: datetime | None) -> date | None:
    return day_of(instant) if instant else None
