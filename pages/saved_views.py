"""Saved views: what was kept from the explorers, and where it is shown."""

from core.ui import saved_views
from core.ui.navigation import page

page("Saved views", "What you kept from Cost and Usage")

saved_views.section()
