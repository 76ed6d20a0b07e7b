"""Who did what, the latest first, and all of it as a file; for admins."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from sqlite_utils import Database

from core.explore.audit_file import audit_csv
from core.formats import count_of
from core.store.audit import Checked, Entry, checked, count_entries, entries
from core.ui.app import blocks, data, times
from core.ui.app.downloads import file_button

MOST_SHOWN = 200


def audit_section() -> None:
    """Nothing is ever taken out of it."""
    with data.admin_store() as db:
        listed, count, broken = list(entries(db, MOST_SHOWN)), count_entries(db), _first_broken(db)
    st.header("Audit trail", anchor=False)
    with st.container(border=True, key="card-audit"):
        blocks.card_title("Who did what", _extent(len(listed), count))
        if broken is not None:
            st.error(f"Entry {broken} is missing, or not as it was written.", icon=":material/error:")
        if not listed:
            blocks.quiet("Nothing was done yet.")
            return
        st.dataframe(
            _table(listed), hide_index=True, width="stretch", height=blocks.table_height(len(listed)),
            placeholder="–", alt=f"Audit trail: {len(listed)} rows",
        )  # fmt: skip
        st.button(
            "Compute every seal", icon=":material/verified_user:", type="tertiary", on_click=_forget,
            help="Otherwise only those of entries that are new, or not as they were when last computed.",
        )  # fmt: skip
        file_button("Download CSV", _file, f"token-ledger_audit_{times.today()}.csv", key="download-audit")


def _first_broken(db: Database) -> int | None:
    """Each seal is computed once in the life of this process, as long as the rows stay as they were."""
    path = data.admin_settings().database_path
    _checked()[path] = now = checked(db, _checked().get(path, Checked()))
    return now.broken


def _forget() -> None:
    _checked().clear()


@st.cache_resource(show_spinner=False)
def _checked() -> dict[Path, Checked]:
    """By data folder."""
    return {}


def _extent(shown: int, count: int) -> str:
    return (
        count_of(count, "entry", "entries")
        if shown == count
        else f"The latest {shown:,} of {count:,} entries"
    )


def _table(listed: list[Entry]) -> dict[str, list[str | None]]:
    return {
        "When (UTC)": [_when(entry) for entry in listed],
        "Who": [entry.who for entry in listed],
        "What": [entry.action for entry in listed],
        "About": [entry.about or None for entry in listed],
    }


def _when(entry: Entry) -> str:
    return times.instant_label(entry.at) if entry.at else "Cannot be read"


def _file() -> bytes:
    with data.admin_store() as db:
        return audit_csv(entries(db))
