"""In which line of a JSON text each of its values begins."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from json import JSONDecoder

_BLANKS = re.compile(r"[ \t\n\r]*")
_PLACE = re.compile(r"`(\$[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


@dataclass(frozen=True)
class Lines:
    """By the path of a value, such as ``$.plans[0].name``: the number of its line, from 1 on."""

    by_path: dict[str, int]

    def of(self, path: str) -> int:
        """The line of a value, or of the nearest one around it that is there."""
        while path not in self.by_path and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["))] or "$"
        return self.by_path.get(path, 1)

    def of_fault(self, says: str) -> int:
        """The line that a sentence of msgspec is about."""
        place, unknown = _PLACE.search(says), _UNKNOWN.search(says)
        path = place[1] if place else "$"
        return self.of(f"{path}.{unknown[1]}" if unknown else path)


def lines_of(text: str) -> Lines:
    """Of a text that is known to be JSON."""
    ends = [match.start() for match in re.finditer("\n", text)]
    walk = _Walk(text)
    walk.value(walk.after_blanks(0), "$")
    return Lines({path: bisect_left(ends, at) + 1 for path, at in walk.starts.items()})


class _Walk:
    """Goes over a JSON text once. ``starts``: where the value of each path begins, with its key."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: dict[str, int] = {}
        self._decoder = JSONDecoder()

    def after_blanks(self, at: int) -> int:
        blanks = _BLANKS.match(self.text, at)
        return blanks.end() if blanks else at

    def value(self, at: int, path: str) -> int:
        """Note the value at ``at`` and all inside; returns where it ends."""
        self.starts.setdefault(path, at)
        opening = self.text[at]
        if opening not in "{[":
            return self._decoder.raw_decode(self.text, at)[1]
        at, number = self.after_blanks(at + 1), 0
        while self.text[at] not in "}]":
            end = self._member(at, path) if opening == "{" else self.value(at, f"{path}[{number}]")
            at, number = self.after_blanks(end), number + 1
            if self.text[at] == ",":
                at = self.after_blanks(at + 1)
        return at + 1

    def _member(self, at: int, path: str) -> int:
        name, end = self._decoder.raw_decode(self.text, at)
        inner = f"{path}.{name}"
        self.starts.setdefault(inner, at)
        return self.value(self.after_blanks(self.after_blanks(end) + 1), inner)
