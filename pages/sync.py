"""Sync: what each run pulled, and which past days changed."""

from core.ui import sync_page
from core.ui.navigation import page

page("Sync", "What was pulled, and what changed since")

sync_page.runs()
sync_page.changes()
