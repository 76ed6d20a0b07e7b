"""Isolates names written from right to left, so that they do not reorder the words and numbers beside
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_JOINT = " · "
_FIRST_STRONG_ISOLATE, _END = "\u2068", "\u2069"
_ISOLATES = re.compile("[\u2066-\u2069]")
TURNS = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Letters and numbers of such scripts, and signs that change the direction of what follows."""


def isolated(text: str) -> str:
    """``text`` for where it stands beside other text; each part of a label of several by itself."""
    return _JOINT.join(map(_isolated, text.split(_JOINT))) if TURNS.search(text) else text


def isolated_list(names: Iterable[str], joint: str = ", ") -> str:
    """Names one after the other."""
    return joint.join(map(isolated, names))


def fenced(text: str) -> str:
    """``text`` isolated whatever it reads: for a key that must be no other word, and a cell of its own."""
    return f"{_FIRST_STRONG_ISOLATE}{isolated(_ISOLATES.sub('', text))}{_END}"


def seen_length(text: str) -> int:
    """How many of its characters take room."""
    return len(_ISOLATES.sub("", text))


def _isolated(part: str) -> str:
    """Isolates of its own stay where each has its end; else they are left out: one more would end ours."""
    if not TURNS.search(part):
        return part
    return f"{_FIRST_STRONG_ISOLATE}{part if _is_balanced(part) else _ISOLATES.sub('', part)}{_END}"


def _is_balanced(part: str) -> bool:
    depth = 0
    for sign in _ISOLATES.findall(part):
        depth += -1 if sign == _END else 1
        if depth < 0:
            return False
    return not depth
