"""Who is who, and what each is called: the ledger's rows keep name and id, and this gives them labels.

One is: a workspace and an API key by organization and id; the default workspace (no name, no id) by its
organization; a person by e-mail, in upper or lower case, else by id, else by connection and name. All ids and
names that an e-mail joins are one person. Each is called by the newest name, a person by the newest e-mail.
A name that several carry, or carried, is followed by what differs, and by the organization where they are of
several.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count
from typing import NamedTuple

from core.dimensions import DIMENSIONS, NOT_TOLD

_BETWEEN = " · "
_SHORTEST_TAIL = 4
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")

Details = Mapping[tuple[str, int, str | None], Sequence[str | None]]
"""Dimension, connection and id -> what may tell it from its namesakes, the best first; None is unknown."""


class Named(NamedTuple):
    """A name as the ledger has it, and whose it is. Only the default workspace has neither id nor name."""

    dimension: str
    connection_id: int
    id: str | None
    name: str | None


class Namesake(NamedTuple):
    """A name in the ledger's rows that reads otherwise: its bearer has a newer one, or shares it."""

    dimension: str
    connection_id: int
    id: str | None
    name: str | None
    label: str


class Place(NamedTuple):
    """Whose a connection is. Cost centers are never alike, organizations may be."""

    organization: str
    cost_center: str


ID_COLUMNS = {"workspace": "workspace_id", "api_key": "api_key_id", "user": "user_id"}
"""Dimension whose values are names -> the column of the id behind the name."""


@dataclass(frozen=True)
class Labels:
    """``persons``: user id -> the e-mail of a person who has several ids."""

    namesakes: tuple[Namesake, ...] = ()
    persons: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_bearer(self) -> dict[tuple[str, int, str | None, str | None], str]:
        """Dimension, connection, id and name -> the label."""
        return {namesake[:4]: namesake.label for namesake in self.namesakes}

    @cached_property
    def by_dimension(self) -> Mapping[str, tuple[Namesake, ...]]:
        found: dict[str, list[Namesake]] = defaultdict(list)
        for namesake in self.namesakes:
            found[namesake.dimension].append(namesake)
        return {dimension: tuple(several) for dimension, several in found.items()}


NO_LABELS = Labels()


class _Identity(NamedTuple):
    """One of a dimension. ``place``: the connection; None for a person, who is the same in all.

    ``text`` tells apart who has no id.
    """

    place: int | None
    id: str | None
    text: str = ""


def find_namesakes(
    names: Iterable[Named], places: Mapping[int, Place], details: Details
) -> tuple[Namesake, ...]:
    """All names that read otherwise, in a fixed order; ``names``: the oldest first.

    Two read alike only if they are one. A label that is a name too means all who ever carried it.
    """
    given = list(names)
    bearers = _identified(given)
    taken = {(named.dimension, named.name) for named in given if named.name is not None}
    carriers = _grouped(((named.dimension, named.name), identity) for named, identity in bearers.items())
    titled = _grouped(((dimension, name), who) for (dimension, who), name in _called(bearers).items())
    labels: dict[tuple[str, _Identity], str] = {}
    for (dimension, name), theirs in sorted(titled.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        told = {who: name for who in theirs if name is not None}
        if len(sharing := sorted(carriers[dimension, name], key=_order)) > 1:
            parts = _labels(dimension, name, sharing, places, details)
            told = _free_labels({who: parts[who] for who in sharing if who in theirs}, dimension, taken)
        labels |= {(dimension, who): label for who, label in told.items()}
    return tuple(_reading_otherwise(bearers, labels))


_Name = tuple[str, str | None]


def _grouped(pairs: Iterable[tuple[_Name, _Identity]]) -> dict[_Name, set[_Identity]]:
    found: dict[_Name, set[_Identity]] = defaultdict(set)
    for name, identity in pairs:
        found[name].add(identity)
    return found


def _reading_otherwise(
    bearers: Mapping[Named, _Identity], labels: Mapping[tuple[str, _Identity], str]
) -> Iterator[Namesake]:
    for named in sorted(
        bearers, key=lambda named: (named.dimension, named.name or "", named.connection_id, named.id or "")
    ):
        label = labels.get((named.dimension, bearers[named]))
        if label is not None and label != named.name:
            yield Namesake(*named, label)


def find_persons(names: Iterable[Named]) -> tuple[tuple[str, str], ...]:
    """User ids that an e-mail makes one person, each with an e-mail that stands for the person."""
    persons = {id(person): person for person in _persons(names).values()}.values()
    of_several = (person for person in persons if sum(kind == _ID for kind, _ in person) > 1)
    return tuple(
        sorted(
            (id_, min(mail for kind_, mail in person if kind_ == _MAIL))
            for person in of_several
            for kind, id_ in person
            if kind == _ID
        )
    )


def is_email(text: str | None) -> bool:
    return _EMAIL.fullmatch(text or "") is not None


_Mark = tuple[str, str]
_ID, _MAIL = "id", "mail"


def _persons(names: Iterable[Named]) -> dict[_Mark, frozenset[_Mark]]:
    """Each id and e-mail of users -> all that are the same person's."""
    person: dict[_Mark, set[_Mark]] = {}
    for named in names:
        if named.dimension == "user" and (marks := _marks(named)):
            whole = max((person.get(mark, {mark}) for mark in marks), key=len)
            for mark in marks:
                whole |= person.get(mark, {mark})
            person.update(dict.fromkeys(whole, whole))
    frozen = {id(whole): frozenset(whole) for whole in person.values()}
    return {mark: frozen[id(whole)] for mark, whole in person.items()}


def _marks(named: Named) -> list[_Mark]:
    mail = [(_MAIL, (named.name or "").lower())] if is_email(named.name) else []
    return [*([(_ID, named.id)] if named.id else []), *mail]


def _identified(names: Sequence[Named]) -> dict[Named, _Identity]:
    """Who may be taken for another, or is called something else by now; the newest name last."""
    told = [named for named in names if _is_somebody(named)]
    persons = _persons(told)
    newest_last = reversed(dict.fromkeys(reversed(told)))
    return {named: _identity(named, persons) for named in newest_last}


def _is_somebody(named: Named) -> bool:
    """Who was not told apart is nobody."""
    if NOT_TOLD in (named.name, named.id):
        return False
    return named.name is not None or (named.dimension == "workspace" and named.id is None)


def _identity(named: Named, persons: Mapping[_Mark, frozenset[_Mark]]) -> _Identity:
    if named.dimension != "user":
        return _Identity(named.connection_id, named.id, "" if named.id else named.name or "")
    marks = _marks(named)
    if not marks:
        return _Identity(named.connection_id, None, named.name or "")
    person = persons[marks[0]]
    ids, mails = (sorted(text for kind, text in person if kind == wanted) for wanted in (_ID, _MAIL))
    return _Identity(None, ids[0] if ids else None, mails[0] if mails else "")


def _called(bearers: Mapping[Named, _Identity]) -> dict[tuple[str, _Identity], str | None]:
    """Each one's newest name; of a person the newest e-mail. An id is no name where there is one."""
    found: dict[tuple[str, _Identity], str | None] = {}
    rank: dict[tuple[str, _Identity], tuple[bool, bool]] = {}
    for named, identity in bearers.items():
        key = (named.dimension, identity)
        worth = (named.dimension == "user" and is_email(named.name), named.name != named.id)
        if key not in found or worth >= rank[key]:
            found[key], rank[key] = named.name, worth
    return found


def _order(who: _Identity) -> tuple[int, str, str]:
    return who.place or 0, who.id or "", who.text


def _labels(
    dimension: str,
    name: str | None,
    sharing: Sequence[_Identity],
    places: Mapping[int, Place],
    details: Details,
) -> dict[_Identity, list[str]]:
    """Each who's name, what differs from the others of its connection, and where it is, as far as needed."""
    within: dict[int | None, list[_Identity]] = defaultdict(list)
    for who in sharing:
        within[who.place].append(who)
    where = _where({id_ for id_ in within if id_ is not None}, places)
    reads = DIMENSIONS[dimension].empty if name is None else name
    labels = {}
    for place, theirs in within.items():
        known = [details.get((dimension, place, who.id), ()) if place is not None else () for who in theirs]
        for who, detail in zip(theirs, _differences([who.id for who in theirs], known), strict=True):
            stands_at = [where[place]] if place is not None and len(within) > 1 else []
            labels[who] = [reads, *detail, *stands_at]
    return labels


def _where(connections: Collection[int], places: Mapping[int, Place]) -> dict[int, str]:
    """Organizations, or cost centers where organizations share a name."""
    organizations = [places[id_].organization for id_ in connections]
    named = len(set(organizations)) == len(organizations)
    return {id_: places[id_].organization if named else places[id_].cost_center for id_ in connections}


def _differences(ids: Sequence[str | None], known: Sequence[Sequence[str | None]]) -> Iterator[list[str]]:
    """The first detail in which all differ; else the first that is known, and the end of the id."""
    if len(set(ids)) < 2:
        return iter([[] for _ in ids])
    for texts in zip(*known, strict=False):
        if None not in texts and len(set(texts)) == len(texts):
            return iter([[str(text)] for text in texts])
    tails = _tails({id_ for id_ in ids if id_})
    firsts = ([text for text in each if text][:1] for each in known)
    return iter([[*first, *([tails[id_]] if id_ else [])] for id_, first in zip(ids, firsts, strict=True)])


def _tails(ids: Collection[str]) -> dict[str, str]:
    """The shortest ends of the ids that differ."""
    longest = max(map(len, ids), default=0)
    for length in range(_SHORTEST_TAIL, longest + 1):
        if len({id_[-length:] for id_ in ids}) == len(ids):
            return {id_: f"…{id_[-length:]}" if len(id_) > length else id_ for id_ in ids}
    return {id_: id_ for id_ in ids}


def _free_labels(
    parts: Mapping[_Identity, list[str]], dimension: str, taken: set[tuple[str, str]]
) -> dict[_Identity, str]:
    """The parts as labels; ``taken`` grows by them. One that is taken gets the id, or a number."""
    labels = {}
    for identity, texts in parts.items():
        label = _BETWEEN.join(texts)
        bare = [label] if len(texts) > 1 else []
        with_id = [_BETWEEN.join([*texts, identity.id])] if identity.id else []
        candidates = chain(bare, with_id, (f"{label} ({number})" for number in count(2)))
        labels[identity] = next(text for text in candidates if (dimension, text) not in taken)
        taken.add((dimension, labels[identity]))
    return labels
