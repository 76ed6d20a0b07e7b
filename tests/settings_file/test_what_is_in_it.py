"""Everything that people set up is in the file of settings, or left out for a reason that the docs give."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings_file.applying import SECTIONS
from tests.store.books import in_memory

DOCS = Path(__file__).resolve().parents[2] / "docs" / "settings-file.md"
IN_THE_FILE = {
    "saved_filters": "filters",
    "saved_views": "views",
    "dashboards": "dashboards",
    "tiles": "dashboards",
    "plans": "plans",
    "plan_amounts": "plans",
    "annotations": "annotations",
    "muted_series": "muted",
    "alert_rules": "rules",
    "channels": "channels",
    "digests": "digests",
    "digest_channels": "digests",
}
LEFT_OUT = {
    "connections": "connections",
    "grants": "who may see what",
    "findings": "answers to anomalies",
    "erased_people": "",
    "alerts": "what was told and sent",
    "alert_files": "what was told and sent",
    "outbox": "what was told and sent",
    "open_events": "what was told and sent",
    "audit": "the audit trail",
    "sign_ins": "sign-in",
    "sign_outs": "sign-in",
}
"""With the words of its row of the docs; nobody sets up what has none."""
OF_A_SYNC = {"persons", "runs"}
"""With every table that has rows of a connection."""
META = {"quiet_hours": "quiet_hours", "refresh_hours": "how old data may get"}
"""Single values that people set; the rest of them nobody sets."""


COLUMNS = {
    "saved_filters": "name params",
    "saved_views": "name page params starred owner private for_viewers",
    "dashboards": "name owner private for_viewers",
    "tiles": "dashboard_id view_id position kind width height range title text",
    "plans": "name params measure period owner private",
    "plan_amounts": "plan_id start_day amount",
    "annotations": "first_day last_day text scope",
    "muted_series": "dimension value empty label",
    "alert_rules": "name kind is_on terms scope step channels",
    "channels": "name kind config",
    "digests": "name kind view_id dashboard_id weekday hour zone is_on",
    "digest_channels": "digest_id channel_id",
}
NOT_SET_UP = "id changed_at added_at muted_at opened_at on_since done_until problem hint encrypted_secrets"
"""When it came and was used, and what is told of it or kept secret."""


@pytest.mark.parametrize("table", IN_THE_FILE)
def test_every_column_is_in_the_file(table: str) -> None:
    with in_memory() as db:
        columns = set(db.table(table).columns_dict) - set(NOT_SET_UP.split())
    assert columns == set(COLUMNS[table].split())


def test_every_table_is_in_the_file_or_left_out_for_a_reason() -> None:
    with in_memory() as db:
        tables = {table.name for table in db.tables if "connection_id" not in table.columns_dict}
    tables = {name for name in tables if not name.startswith(("sqlite_", "_sqlite"))}
    assert tables - OF_A_SYNC == {"meta", *IN_THE_FILE, *LEFT_OUT}
    assert {*IN_THE_FILE.values(), META["quiet_hours"]} == {section.name for section in SECTIONS}


@pytest.mark.parametrize("words", sorted({*LEFT_OUT.values(), META["refresh_hours"]} - {""}))
def test_the_reason_stands_in_the_docs(words: str) -> None:
    left_out = DOCS.read_text(encoding="utf-8").partition("## What is in no file")[2]
    assert words in left_out


@pytest.mark.parametrize("name", sorted(section.name for section in SECTIONS))
def test_every_part_has_its_row_in_the_docs(name: str) -> None:
    assert f"| `{name}` |" in DOCS.read_text(encoding="utf-8")
