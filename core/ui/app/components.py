"""Elements of ours that are a script in the page."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def component(script: Path) -> Any:
    """What mounts it; ``script``: a file whose default export is called with each run's data."""
    return st.components.v2.component(
        f"token_ledger_{script.stem}", js=script.read_text(encoding="utf-8"), isolate_styles=False
    )
