"""Colours that stay with their value, in every view and on both themes.

Twelve hues, found by search, that stay apart for the common kinds of colour blindness and are alike on both
themes, as the tests measure; neighbours in a stack are also separated by a thin line. What has no name (Other
and empty values) is grey. Models have shades of their family's hue instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from core.dimensions import TOKEN_TYPES, Origin


@dataclass(frozen=True, eq=False)
class Theme:
    """Colours of one theme; there are two. ``hues``: by slot; ``shades``: of families; ``greys``: for what
    has no value."""

    hues: tuple[str, ...]
    shades: Mapping[str, tuple[str, ...]]
    greys: tuple[str, ...]
    ink: str
    muted: str
    grid: str
    surface: str
    rise: str
    fall: str


LIGHT = Theme(
    hues=(
        "#2f71ea", "#f1770b", "#348785", "#5741bf", "#b29777", "#a5025d",
        "#40a1ee", "#7b3210", "#467704", "#e665c1", "#2b5885", "#d14558",
    ),
    shades={
        "opus": ("#2f71ea", "#758dc7", "#023e84", "#7083f9", "#385dc5", "#447cc6"),
        "sonnet": ("#d9480f", "#8b3c00", "#5b3205", "#aa4d36"),
        "haiku": ("#1c9a78", "#0a5041"),
        "fable": ("#b8409a", "#c0026c"),
        "mythos": ("#b09900", "#b19247"),
    },
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
        "#6397fe", "#ed9009", "#00e7bb", "#aab2ff", "#eebd79", "#ca4f7e",
        "#b8ecff", "#c66c39", "#c8f977", "#bf7dbf", "#5663f1", "#ff6982",
    ),
    shades={
        "opus": ("#6397fe", "#6f87c1", "#3a78cc", "#6b7df3", "#3a5fc7", "#80b6fd"),
        "sonnet": ("#f4782a", "#cf5e08", "#915103", "#ee8a70"),
        "haiku": ("#3fbf98", "#38826e"),
        "fable": ("#e58fd0", "#f0298d"),
        "mythos": ("#ecd04f", "#e1c176"),
    },
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


def colors(
    values: Iterable[str], theme: Theme, *, unnamed: Iterable[str] = (), largest: Sequence[str] = ()
) -> dict[str, str]:
    """A colour for each value; those in ``unnamed`` (Other, empties) are grey.

    ``largest``: the values of the dimension over all there is, biggest first. The first twelve have colours
    of their own, which no view changes. Any other value's slot follows from its text, unless something else
    in this view has it: then it moves on to the next free one. Past twelve values slots are shared.
    """
    greys = list(dict.fromkeys(unnamed))
    homes = _placed(largest[:SLOTS], {})
    models = _shades(set(values) - set(greys), theme)
    named = set(values) - set(greys) - set(models)
    slots = _placed(named, {value: homes[value] for value in named if value in homes})
    hues = {value: theme.hues[slot] for value, slot in slots.items()}
    return hues | models | {value: theme.greys[n % len(theme.greys)] for n, value in enumerate(greys)}


_FAMILY = re.compile(r"claude-(?:[\d-]+-)?(opus|sonnet|haiku|fable|mythos)(?:-[a-z\d.-]+)?")
_VERSIONS = {
    "opus": ("5", "4-8", "4-7", "4-6", "4-5", "4-1"),
    "sonnet": ("5", "4-6", "4-5", "4"),
    "haiku": ("4-5", "5"),
    "fable": ("5-2", "5"),
    "mythos": ("5-2", "5"),
}
"""Of each family the versions that have a shade to themselves, in the order of ``Theme.shades``."""


def _shades(values: Iterable[str], theme: Theme) -> dict[str, str]:
    """A shade for each model; another version takes one that its family has left in this view."""
    by_model: dict[str, str] = {}
    for family, models in _by_family(values).items():
        shades, known = theme.shades[family], {model: _version(model, family) for model in models}
        places = {model: place for model, place in known.items() if place is not None}
        for model in sorted(set(models) - set(places)):
            wanted = crc32(model.encode()) % len(shades)
            turns = ((wanted + step) % len(shades) for step in range(len(shades)))
            places[model] = next((turn for turn in turns if turn not in places.values()), wanted)
        by_model |= {model: shades[place] for model, place in places.items()}
    return by_model


def _by_family(values: Iterable[str]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for value in values:
        if match := _FAMILY.fullmatch(value):
            families.setdefault(match[1], []).append(value)
    return families


def _version(model: str, family: str) -> int | None:
    """The place of a version, whatever date the name ends with."""
    text = re.sub(r"-20\d{6}$", "", model).removeprefix(f"claude-{family}-")
    return _VERSIONS[family].index(text) if text in _VERSIONS[family] else None


def _placed(values: Iterable[str], settled: dict[str, int]) -> dict[str, int]:
    """A slot for each value beside those that have one; the alphabet decides who gives way."""
    slots = dict(settled)
    for value in sorted(set(values) - set(settled), key=lambda value: (value not in _PINNED, value)):
        slots[value] = _free_slot(value, set(slots.values()))
    return slots


def _free_slot(value: str, taken: set[int]) -> int:
    wanted = _PINNED.get(value, crc32(value.encode()) % SLOTS)
    candidates = ((wanted + step) % SLOTS for step in range(SLOTS))
    return next((slot for slot in candidates if slot not in taken), wanted)
