"""Who stopped using what they hold, and which API keys go on being used though somebody should look at them.

Directory lists exist for the Claude Platform alone. On claude.ai, who was seen before and is not any more is
idle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

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
    """Somebody in the ledger, over all there is."""

    id: str | None
    label: str
    connection_ids: tuple[int, ...]
    last_day: date
    first_day: date | None = None


@dataclass(frozen=True)
class Listed:
    """Somebody in a directory list; ``active``: should be in use. ``since``: in it since, where it tells."""

    connection_id: int
    id: str
    label: str
    since: date | None
    active: bool


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
class Suspect:
    """A key with use in the last thirty days that somebody should look at, and why, in sentences."""

    connection_id: int
    id: str
    name: str
    reasons: tuple[str, ...]
    creator: str | None
    last_day: date


def seen_last(frame: pl.DataFrame) -> list[LastSeen]:
    """The rows of ``core.explore.ranking.last_seen``."""
    columns = frame.select("id", "label", "connection_ids", "last_day", "first_day")
    return [
        LastSeen(id_, label, tuple(ids), last, first) for id_, label, ids, last, first in columns.iter_rows()
    ]


def listed_keys(keys: Iterable[ListedKey]) -> list[Listed]:
    """A key is active while its list has it and says so."""
    return [
        Listed(k.connection_id, k.id, k.name, _day(k.created_at), k.status == _ACTIVE and not k.gone_at)
        for k in keys
    ]


def listed_users(users: Iterable[ListedUser]) -> list[Listed]:
    """A user is active while the list has them."""
    return [Listed(u.connection_id, u.id, u.name, _day(u.added_at), not u.gone_at) for u in users]


def find_idle(
    seen: Iterable[LastSeen], listed: Iterable[Listed], uncovered: Collection[int], today: date
) -> list[Idle]:
    """Active ones of the lists, and others seen before, without use in ``idle_window``; longest idle first.

    Who was listed less than thirty days ago is new, not idle. Of connections with a list, who is not in it is
    gone, not idle; so are deleted users. ``uncovered``: connections that lack days of the window.
    """
    seen, listed = list(seen), list(listed)
    window = idle_window(today)
    by_id = {one.id: one for one in seen if one.id}
    with_list = {one.connection_id for one in listed}
    told = {one.id for one in listed if one.active}
    found = [_listed_idle(one, by_id.get(one.id), uncovered) for one in listed if _is_due(one, window)]
    found += [
        Idle(one.id, one.label, one.connection_ids, None, one.last_day, _known(one.connection_ids, uncovered))
        for one in seen
        if one.label != DELETED and one.id not in told and with_list.isdisjoint(one.connection_ids)
    ]
    quiet = [one for one in found if one.last_day is None or one.last_day < window.start]
    return sorted(quiet, key=lambda one: (one.last_day or date.min, one.label, one.id or ""))


def _is_due(one: Listed, window: Period) -> bool:
    return one.active and (one.since is None or one.since < window.start)


def _listed_idle(one: Listed, seen: LastSeen | None, uncovered: Collection[int]) -> Idle:
    where = tuple(dict.fromkeys((one.connection_id, *(seen.connection_ids if seen else ()))))
    last_day = seen.last_day if seen else None
    return Idle(one.id, one.label, where, one.since, last_day, _known(where, uncovered))


def _known(connection_ids: tuple[int, ...], uncovered: Collection[int]) -> bool:
    return not any(id_ in uncovered for id_ in connection_ids)


def find_suspects(
    keys: Iterable[ListedKey], last_days: Mapping[str, date], users_listed: Collection[int], today: date
) -> list[Suspect]:
    """Keys used in the last thirty days whose state is not active, or whose creator is gone.

    ``users_listed``: connections whose list of users was read; elsewhere nothing is known about creators.
    """
    found = []
    for key in keys:
        last_day = last_days.get(key.id)
        if last_day is None or last_day < idle_window(today).start:
            continue
        reasons = (*_state_reasons(key, last_day), *_creator_reasons(key, users_listed))
        if reasons:
            found.append(Suspect(key.connection_id, key.id, key.name, reasons, key.creator, last_day))
    return found


def find_unlisted(
    seen: Iterable[LastSeen], keys: Iterable[ListedKey], read_on: Mapping[int, date], today: date
) -> list[Suspect]:
    """Keys used in the last thirty days, and before the list was last read, that it never had.

    ``read_on``: the day each connection's list of API keys was last read; elsewhere nothing is known.
    """
    listed = {key.id for key in keys}
    return [
        Suspect(id_, one.id, one.label, (_UNLISTED,), None, one.last_day)
        for one in seen
        for id_ in one.connection_ids
        if one.id
        and one.id not in listed
        and id_ in read_on
        and one.last_day >= idle_window(today).start
        and (one.first_day or one.last_day) < read_on[id_]
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
