"""The range that was chosen by hand last, carried to pages whose state is another: "last week" stays so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from core.periods import PRESETS, Period, preset
from core.typed_ranges import typed_period, typed_preset

_KEY = "range.carried"


@dataclass(frozen=True)
class Range:
    """``preset`` None: these days, whatever today is."""

    preset: str | None
    period: Period


def read(text: str, today: date) -> Range:
    """A preset's name, or a range as it was typed.

    Raises:
        ValueError: it means nothing; the sentence for the person.
    """
    name = text if text in PRESETS else typed_preset(text)
    if name:
        return Range(name, preset(name, today))
    if period := typed_period(text, today):
        return Range(None, period)
    raise ValueError(
        f"“{text[:40]}” is no range. Type 3w, 10d, 2026-10, oct, q3 or 2026-10-05 to 2026-10-11."
    )


def choose(owner: str, chosen: Range) -> None:
    """Carry it from the pages of ``owner`` to all others."""
    st.session_state[_KEY] = owner, chosen


def take(owner: str) -> Range | None:
    """What was chosen elsewhere since ``owner`` last looked; a link that was just opened has its own."""
    by, chosen = st.session_state.get(_KEY, (owner, None))
    if by == owner:
        return None
    del st.session_state[_KEY]
    carried: Range | None = chosen
    return None if st.query_params else carried
