"""The Settings page: what is connected, how often it is refreshed, the demo."""

from core.ui.settings.connection_forms import connections_section
from core.ui.settings.program import demo_section, refresh_age

__all__ = [
    "connections_section",
    "demo_section",
    "refresh_age",
]
