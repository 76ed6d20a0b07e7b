"""The Alerts page: which alerts are wanted, by which channels they go out, digests, and what was told."""

from core.ui.alerts.channels import channels_card
from core.ui.alerts.digests import digests_card
from core.ui.alerts.quiet import quiet_card
from core.ui.alerts.rules import rules_card
from core.ui.alerts.told import told_card

__all__ = ["channels_card", "digests_card", "quiet_card", "rules_card", "told_card"]
