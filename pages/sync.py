"""Sync: what is known of each day, what each run pulled, and which past days changed."""

from core.ui import sync
from core.ui.app.navigation import page

page("Sync", "What is known, what is missing, and what changed")

sync.latest_card()
sync.calendar_card()
sync.gaps_card()
sync.set_aside_card()
sync.changes_card()
sync.runs_card()
sync.rerun_card()
