"""Settings: connections, refresh, demo."""

from core.ui import connections, demo
from core.ui.navigation import page

page("Settings", "What is connected, and how often it is refreshed")

connections.section()
connections.refresh_age()
demo.section()
