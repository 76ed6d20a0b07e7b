"""Settings: connections, refresh, sign-in, demo."""

from core.ui import settings
from core.ui.app.navigation import page

page("Settings", "What is connected, how often it is refreshed, and who may see it")

settings.connections_section()
settings.refresh_age()
settings.sign_in_section()
settings.grants_section()
settings.demo_section()
settings.audit_section()
