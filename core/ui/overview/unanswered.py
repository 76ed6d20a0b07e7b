"""The anomalies that nobody has answered yet, in a line."""

from __future__ import annotations

import streamlit as st

from core.store.findings import open_findings
from core.ui.app import data
from core.ui.app.navigation import page_file
from core.ui.app.text import count_of


def unanswered_anomalies() -> None:
    """Nothing where there are none."""
    with data.store() as db:
        found = len(open_findings(db))
    if found:
        label = f"{count_of(found, 'anomaly', 'anomalies')} to look at"
        icon = ":material/notification_important:"
        st.page_link(page_file("anomalies"), label=label, icon=icon, width="content")
