"""Whether a name can be seen: characters that show nothing make names blank, or alike."""

from __future__ import annotations

import re
import unicodedata

_NOTHING = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Unicode's default ignorable characters, and the blank pattern of Braille."""
UNSEEN = rf"^[\s\x00-\x1f\x7f-\x9f{_NOTHING}]*$"
"""What a text matches of which nothing is seen, for Python and for Polars."""
_SHOWS_NOTHING = re.compile(f"[{_NOTHING}]")
_UNSEEN = re.compile(UNSEEN)
_SURROGATES = re.compile("[\ud800-\udfff]")
_MOST_NAMED = 8


def is_visible(text: str) -> bool:
    """Whether something of it is seen."""
    return not _UNSEEN.match(_SURROGATES.sub("", text))


def as_seen(text: str) -> str:
    """What two names share that look the same: without case, width, and what shows nothing."""
    return " ".join(unicodedata.normalize("NFKC", _SHOWS_NOTHING.sub("", text)).casefold().split())


def code_points(text: str) -> str:
    """Names characters that nobody sees: ``U+200B U+3164``."""
    named = " ".join(f"U+{ord(char):04X}" for char in text[:_MOST_NAMED])
    return named if len(text) <= _MOST_NAMED else f"{named} … {len(text)} characters"
