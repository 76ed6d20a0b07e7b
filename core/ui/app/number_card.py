"""A number with its comparison, drawn alike on pages and tiles."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.dimensions import Measure
from core.figures import Compared
from core.formats import exact, period_label
from core.ui.app import extent
from core.ui.app.answers import Answer


def number_card(answer: Answer, name: str, *, border: bool) -> None:
    """A measure of an answer: over its days, before, and the change between the two as they are printed."""
    compared, per_day = answer.compared_number(name), answer.is_per_day(name)
    label = f"{compared.measure.label} per day" if per_day else compared.measure.label
    draw(label, compared, _help(answer, compared), border=border, unit=" per day" if per_day else "")


def draw(label: str, compared: Compared, words: str, *, border: bool, unit: str = "") -> None:
    change = compared.change_text
    before = f"vs {compared.before_text}{unit}" if change else None
    st.metric(
        label, compared.now_text, delta=change, delta_color="off", delta_arrow=_arrow(compared),
        delta_description=before, border=border, height="stretch", help=words.replace("$", r"\$"),
    )  # fmt: skip


def _arrow(compared: Compared) -> Literal["up", "down", "off"]:
    if not compared.change:
        return "off"
    return "up" if compared.change > 0 else "down"


def _help(answer: Answer, compared: Compared) -> str:
    measure: Measure = compared.measure
    parts = [
        measure.help,
        f"Exactly {exact(measure, answer.totals[measure.name])}, {period_label(answer.counted)}.",
    ]
    if answer.versus:
        before = answer.versus.before[measure.name]
        parts.append(f"{period_label(answer.versus.periods.earlier)}: {exact(measure, before)}.")
    if compared.outside is not None:
        parts.append(f"{extent.title(answer)}: {exact(measure, compared.outside)}.")
    return " ".join(parts)
