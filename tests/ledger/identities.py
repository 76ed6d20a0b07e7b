"""Who is who, found the plain way: what shares an e-mail or an id is joined until nothing more is."""

from __future__ import annotations

from collections.abc import Iterable

from core.ledger.namesakes import Named

Identity = frozenset[tuple[object, ...]]


def identities(names: Iterable[Named]) -> dict[Named, Identity]:
    """Each name with all marks of the one who bears it; equal where it is one."""
    marks = {one: _marks(one) for one in names}
    joined = True
    while joined:
        joined = False
        for one, mine in marks.items():
            whole = frozenset().union(*(theirs for theirs in marks.values() if theirs & mine))
            if whole != mine:
                marks[one], joined = whole, True
    return marks


def _marks(one: Named) -> Identity:
    if one.dimension != "user":
        return frozenset([(one.dimension, one.connection_id, one.id, None if one.id else one.name)])
    found: list[tuple[object, ...]] = [("id", one.id)] if one.id else []
    before, at, after = (one.name or "").partition("@")
    if at and before and after and "@" not in after and " " not in (one.name or ""):
        found.append(("mail", (one.name or "").lower()))
    return frozenset(found or [("user", one.connection_id, one.name)])
