"""What tells apart those who share a name: the ledger's rows keep name and id, and this gives them labels.

Who is who: a workspace and an API key by connection and id, the default workspace (no name, no id) by its
connection, a person by e-mail, else by id, else by connection. A name that means one of them needs nothing
more. One that means several is followed by what differs, and by the organization where they are of several.
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
    """One of several who share a name, with the label that only it has."""

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


NO_LABELS = Labels()


def find_namesakes(
    names: Iterable[Named], places: Mapping[int, Place], details: Details
) -> tuple[Namesake, ...]:
    """All who share their name with another, in a fixed order. No two of them share a label, and no label is
    a name that the ledger has."""
    bearers: dict[tuple[str, str | None], set[Named]] = defaultdict(set)
    for named in names:
        bearers[named.dimension, named.name].add(named)
    taken = {(dimension, name) for dimension, name in bearers if name is not None}
    namesakes: list[Namesake] = []
    for key in sorted(bearers, key=lambda key: (key[0], key[1] or "")):
        sharing = sorted(filter(_can_be_taken_for_another, bearers[key]), key=_order)
        if len({_identity(named) for named in sharing}) > 1:
            labels = _free_labels(_labels(sharing, places, details), key[0], taken)
            namesakes += [Namesake(*named, labels[_identity(named)]) for named in sharing]
    return tuple(namesakes)


def find_persons(names: Iterable[Named]) -> tuple[tuple[str, str], ...]:
    """User ids that an e-mail makes one person, each with an e-mail that stands for the person."""
    users = ((named.id, named.name) for named in names if named.dimension == "user" and _has_email(named))
    person: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for id_, mail in sorted({(id_, mail) for id_, mail in users if id_ and mail}):
        ends = {("id", id_), ("mail", mail)}
        merged = ends.union(*(person.get(end, ()) for end in ends))
        person.update(dict.fromkeys(merged, merged))
    of_several = ((id_, whole) for (kind, id_), whole in person.items() if kind == "id" and _ids(whole) > 1)
    return tuple(
        sorted((id_, min(text for kind, text in whole if kind == "mail")) for id_, whole in of_several)
    )


def _ids(person: Iterable[tuple[str, str]]) -> int:
    return sum(kind == "id" for kind, _ in person)


def _order(named: Named) -> tuple[int, str]:
    return named.connection_id, named.id or ""


def _can_be_taken_for_another(named: Named) -> bool:
    """An e-mail is one person's, and who was not told apart is nobody."""
    if NOT_TOLD in (named.name, named.id) or (named.dimension == "user" and _has_email(named)):
        return False
    return named.name is not None or (named.dimension == "workspace" and named.id is None)


def _has_email(named: Named) -> bool:
    return _EMAIL.fullmatch(named.name or "") is not None


_Identity = tuple[int | None, str | None]


def _identity(named: Named) -> _Identity:
    """A person's id is theirs in every connection."""
    return (None, named.id) if named.dimension == "user" and named.id else (named.connection_id, named.id)


def _labels(
    sharing: Sequence[Named], places: Mapping[int, Place], details: Details
) -> dict[_Identity, list[str]]:
    """Each one's name, what differs from the others of its connection, and where it is, as far as needed."""
    within: dict[int | None, list[Named]] = defaultdict(list)
    for named in sharing:
        within[_identity(named)[0]].append(named)
    where = _where({id_ for id_ in within if id_ is not None}, places)
    labels = {}
    for place, theirs in within.items():
        for named, detail in zip(theirs, _differences(theirs, details), strict=True):
            stands_at = [where[place]] if place is not None and len(within) > 1 else []
            name = DIMENSIONS[named.dimension].empty if named.name is None else named.name
            labels[_identity(named)] = [name, *detail, *stands_at]
    return labels


def _where(connections: Collection[int], places: Mapping[int, Place]) -> dict[int, str]:
    """Organizations, or cost centers where organizations share a name."""
    organizations = [places[id_].organization for id_ in connections]
    named = len(set(organizations)) == len(organizations)
    return {id_: places[id_].organization if named else places[id_].cost_center for id_ in connections}


def _differences(sharing: Sequence[Named], details: Details) -> Iterator[list[str]]:
    """The first detail in which all differ; else the first that is known, and the end of the id."""
    known = [details.get((named.dimension, named.connection_id, named.id), ()) for named in sharing]
    ids = {named.id for named in sharing}
    if len(ids) < 2:
        return iter([[] for _ in sharing])
    for texts in zip(*known, strict=False):
        if None not in texts and len(set(texts)) == len(texts):
            return iter([[str(text)] for text in texts])
    tails = _tails({id_ for id_ in ids if id_})
    firsts = ([text for text in each if text][:1] for each in known)
    return iter(
        [
            [*first, *([tails[named.id]] if named.id else [])]
            for named, first in zip(sharing, firsts, strict=True)
        ]
    )


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
        with_id = [_BETWEEN.join([*texts, identity[1]])] if identity[1] else []
        candidates = chain([label], with_id, (f"{label} ({number})" for number in count(2)))
        labels[identity] = next(text for text in candidates if (dimension, text) not in taken)
        taken.add((dimension, labels[identity]))
    return labels
