"""Settings: connections, refresh, demo."""

from core.ui import settings
from core.ui.app.navigation import page

page("Settings", "What is connected, and how often it is refreshed")

settings.connections_section()
settings.refresh_age()
settings.demo_section()
