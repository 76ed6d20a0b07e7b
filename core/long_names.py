"""Which part of a long name tells it from others, and how it is cut so that this part stays."""

from __future__ import annotations

from typing import NamedTuple

_JOINT = " · "
_ELLIPSIS = "…"
_LONGEST_END = 14
"""Of an id or a model: so much at its end tells a version from another."""
_LEAST_OF_BOTH = 12
"""In less room only the end of a label of several parts is shown."""


class Parted(NamedTuple):
    """``head`` and ``tail`` are the whole name; ``keeps_head``: the tail gives way first."""

    head: str
    tail: str
    keeps_head: bool


def parted(label: str) -> Parted:
    """An e-mail keeps its local part; a label of several parts its last; a model and an id their end.

    >>> parted("ada@example.com"), parted("claude-haiku-4-5-20251001").tail
    (Parted(head='ada', tail='@example.com', keeps_head=True), '-4-5-20251001')
    """
    if _JOINT in label:
        head, _, tail = label.rpartition(_JOINT)
        return Parted(head, _JOINT + tail, keeps_head=False)
    local, at, domain = label.partition("@")
    if local and domain and " " not in label:
        return Parted(local, at + domain, keeps_head=True)
    place = _end_of(label)
    return Parted(label[:place], label[place:], keeps_head=place == len(label))


def shortened(label: str, most: int) -> str:
    """At most so many characters, the telling part last to go."""
    if len(label) <= most:
        return label
    if _JOINT in label and most >= _LEAST_OF_BOTH:
        name, _, rest = label.partition(_JOINT)
        return _both_shortened(name, rest, most - len(_JOINT))
    head, tail, keeps_head = parted(label)
    if keeps_head:
        return label[: most - 1] + _ELLIPSIS
    room = most - 1 - len(tail)
    return head[:room] + _ELLIPSIS + tail if room > 0 else _ELLIPSIS + tail[1 - most :]


def _both_shortened(name: str, rest: str, most: int) -> str:
    """Something of both: the rest tells two of a name apart, and says nothing without the name."""
    rest = shortened(rest, most - min(len(name), most // 3))
    return f"{shortened(name, most - len(rest))}{_JOINT}{rest}"


def _end_of(label: str) -> int:
    """Where the last hyphens or underscores of a name without spaces set its end apart; else its length."""
    if " " in label:
        return len(label)
    places = (place for place, sign in enumerate(label) if place and sign in "-_")
    return next((place for place in places if len(label) - place <= _LONGEST_END), len(label))
