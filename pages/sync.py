"""Sync: what is known of each day, what each run pulled, and which past days changed."""

from core.ui import (
    sync_page,
    sync_page_changes,
    sync_page_coverage,
    sync_page_history,
    sync_page_set_aside,
)
from core.ui.navigation import page

page("Sync", "What is known, what is missing, and what changed")

sync_page.now()
sync_page_coverage.calendar()
sync_page_coverage.gaps()
sync_page_set_aside.set_aside()
sync_page_changes.changes()
sync_page.runs()
sync_page_history.rerun()
