"""A view's range and filters in words: the same on chips, in titles, under tiles, in files and pictures."""

from __future__ import annotations

from core.explore.filter_words import filter_words
from core.explore.labels import JOINT
from core.formats import period_label
from core.periods import PRESETS
from core.ui.app.explorer_state import ExplorerState


def range_words(state: ExplorerState) -> str:
    """``Last 30 days · Oct 25 – Nov 23, 2026``."""
    days, name = period_label(state.period), state.display.preset
    return f"{PRESETS[name]} · {days}" if name and PRESETS[name] != days else days


def scope_words(state: ExplorerState) -> str:
    """What stands below a title: the range, and each filter."""
    return JOINT.join((range_words(state), *map(filter_words, state.query.filters)))
