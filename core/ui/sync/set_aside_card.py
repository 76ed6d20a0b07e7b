"""The Sync page's rows that could not be counted: of which day, and why; nothing where all could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from core.formats import day_label
from core.store.connections import list_connections
from core.store.set_aside import SetAside, list_set_aside
from core.ui.app import blocks, data
from core.ui.app.origin_line import report_word
from core.ui.sync.runs_cards import LABELS, NAME_WIDTH


def set_aside_card() -> None:
    """Every day with rows set aside, the latest first, with the reason."""
    with data.store() as db:
        set_aside, connections = list_set_aside(db), list_connections(db)
    if not set_aside:
        return
    with st.container(border=True, key="card-set-aside"):
        blocks.card_title(
            "Rows that could not be counted",
            "Anthropic reported them in a form that cannot be added up. They are in no number, so these days "
            "may be too low. Re-run history asks again; if they stay, report them with the request id.",
        )
        st.dataframe(
            set_aside_frame(set_aside, {connection.id: connection.name for connection in connections}),
            hide_index=True, width="stretch", placeholder="–", height=blocks.table_height(len(set_aside)),
            column_config={
                "Rows": st.column_config.NumberColumn(format="localized", width="small"),
                "Connection": st.column_config.TextColumn(width=NAME_WIDTH),
                "Why": st.column_config.TextColumn(width="large"),
            },
            alt=f"{len(set_aside)} days with rows that could not be counted",
        )  # fmt: skip


def set_aside_frame(set_aside: Sequence[SetAside], names: Mapping[int, str]) -> pl.DataFrame:
    """One row for each day, report and reason. ``names``: of connections, by connection id."""
    rows = [
        (
            day_label(row.day),
            names.get(row.connection_id),
            LABELS.get(row.stream) or report_word(row.stream).capitalize(),
            row.rows,
            row.reason,
            row.request_id,
        )
        for row in set_aside
    ]
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


_COLUMNS = {
    "Day": pl.String,
    "Connection": pl.String,
    "Report": pl.String,
    "Rows": pl.Int64,
    "Why": pl.String,
    "Request ID": pl.String,
}
