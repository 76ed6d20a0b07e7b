"""The Settings page: what is connected, how often it is refreshed, the demo, and who signs in."""

from core.ui.settings.audit_card import audit_section
from core.ui.settings.connection_forms import connections_section
from core.ui.settings.grants_card import grants_section
from core.ui.settings.program import demo_section, refresh_age
from core.ui.settings.sign_in_card import sign_in_section

__all__ = [
    "audit_section",
    "connections_section",
    "demo_section",
    "grants_section",
    "refresh_age",
    "sign_in_section",
]
