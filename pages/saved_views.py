"""Saved views: what was kept from the explorers, and where it is shown."""

from core.ui import dashboards
from core.ui.app.navigation import page

page("Saved views", "What you kept from Cost and Usage")

dashboards.saved_view_list()
