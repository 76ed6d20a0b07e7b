"""Anomalies: which days are not as expected, what carries them, and what people noted of days."""

from core.ui import anomalies
from core.ui.app.navigation import page

page("Anomalies", "What is not as expected, and why")

anomalies.open_cards()
anomalies.answered_card()
anomalies.notes_card()
