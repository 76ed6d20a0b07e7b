"""What was said of findings, and the series of which nothing is told."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.store import findings
from core.store.findings import Finding, FindingState, SeriesKey
from core.ui.anomalies.open import PLACE
from core.ui.app import actions, blocks, data
from core.ui.app.text import markdown_text
from core.watch import words


def answered_card() -> None:
    """Findings that are acknowledged, expected or withdrawn; muted series. Nothing where there are none."""
    with data.store() as db:
        muted = findings.muted_series(db)
        answered = [f for f in findings.list_findings(db) if f.state is not FindingState.OPEN]
    if not answered and not muted:
        return
    with st.container(border=True, key="card-answered"):
        blocks.card_title("Answered", "Withdrawn: its days were revised, and are as expected now.")
        if answered:
            st.dataframe(
                answered_frame(answered), hide_index=True, width="stretch", placeholder="–",
                height=blocks.table_height(len(answered)), alt=f"{len(answered)} answered anomalies",
            )  # fmt: skip
        for place, (key, label) in enumerate(muted.items()):
            _muted(place, key, label)


def answered_frame(answered: list[Finding]) -> pl.DataFrame:
    """A row for each."""
    rows = [
        {
            "State": finding.state.value.capitalize(),
            "Days": words.days(finding.now),
            "What": words.title(finding.now),
            **words.amounts(finding.now),
            "Note": finding.note or None,
        }
        for finding in answered
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _muted(place: int, key: SeriesKey, label: str) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"Muted: **{markdown_text(words.series_name(key, label))}**", width="content")
        st.button(
            "Unmute", icon=":material/notifications:", type="tertiary", key=f"w.anomaly.unmute.{place}",
            on_click=_ask_unmute, args=(key, label),
        )  # fmt: skip


def _ask_unmute(key: SeriesKey, label: str) -> None:
    def act() -> str:
        with data.store() as db:
            findings.unmute(db, key)
        return f"{words.series_name(key, label)} is told of again."

    actions.request(PLACE, "Unmuting", act)
