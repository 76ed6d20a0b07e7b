"""Alerts: what is worth telling, by which channels it goes out, and what was told."""

from core.ui import alerts
from core.ui.app.navigation import page

page("Alerts", "What you are told, and how")

alerts.rules_card()
alerts.channels_card()
alerts.digests_card()
alerts.quiet_card()
alerts.told_card()
