"""The Anomalies page: what is unusual and unanswered, what was answered, and what people noted of days."""

from core.ui.anomalies.answered import answered_card
from core.ui.anomalies.notes import notes_card
from core.ui.anomalies.open import open_cards

__all__ = ["answered_card", "notes_card", "open_cards"]
