"""Colours that stay with their value, in every view and on both themes.

Twelve hues kept apart for the common kinds of colour blindness by lightness as much as by hue; neighbours
in a stack are also separated by a thin line. What has no name of its own (Other, empty values) is grey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from core.dimensions import TOKEN_TYPES, Origin


@dataclass(frozen=True)
class Theme:
    """Colours of one theme. ``hues``: one per slot; ``greys``: for what has no value."""

    hues: tuple[str, ...]
    greys: tuple[str, ...]
    ink: str
    muted: str
    grid: str
    surface: str
    rise: str
    fall: str


LIGHT = Theme(
    hues=(
        "#2a78d6", "#d9730d", "#159a76", "#7a4fd0", "#e0a800", "#c43e5c",
        "#4fb3d9", "#8a5a34", "#7f9a1e", "#d66bb0", "#1f4e8c", "#e8927c",
    ),
    greys=("#9a9d97", "#b4b7b1", "#cccec9", "#7d807b"),
    ink="#20241f",
    muted="#6a6f68",
    grid="#ebebe5",
    surface="#fdfdfb",
    rise="#c2571a",
    fall="#159a76",
)  # fmt: skip
DARK = Theme(
    hues=(
        "#5a9ff0", "#f0923f", "#3dbd96", "#a486ee", "#f2c744", "#ec6f88",
        "#7fd0ef", "#bb8760", "#aac53f", "#ec92cb", "#7c93d8", "#f4b09d",
    ),
    greys=("#7f8681", "#666d69", "#525855", "#969d98"),
    ink="#e7eae6",
    muted="#9aa19c",
    grid="#2a302d",
    surface="#141716",
    rise="#f0923f",
    fall="#3dbd96",
)  # fmt: skip

SLOTS = len(LIGHT.hues)

_PINNED: dict[str, int] = {
    Origin.PLATFORM: 0,
    Origin.CLAUDE_AI: 1,
    **{label: slot for slot, label in enumerate(TOKEN_TYPES.values(), start=2)},
}
"""Values so common that they get a colour of their own choosing."""


def colors(values: Iterable[str], theme: Theme, *, unnamed: Iterable[str] = ()) -> dict[str, str]:
    """A colour for each value; those in ``unnamed`` (Other, empties) are grey.

    A value's slot follows from its text alone, unless two values of this view want the same slot: then the
    one that comes later in the alphabet moves on to the next free one. Past twelve values slots are shared.
    """
    greys = list(dict.fromkeys(unnamed))
    named = sorted(set(values) - set(greys), key=lambda value: (value not in _PINNED, value))
    slots: dict[str, int] = {}
    for value in named:
        slots[value] = _free_slot(value, set(slots.values()))
    found = {value: theme.hues[slot] for value, slot in slots.items()}
    return found | {value: theme.greys[n % len(theme.greys)] for n, value in enumerate(greys)}


def _free_slot(value: str, taken: set[int]) -> int:
    wanted = _PINNED.get(value, crc32(value.encode()) % SLOTS)
    candidates = ((wanted + step) % SLOTS for step in range(SLOTS))
    return next((slot for slot in candidates if slot not in taken), wanted)
