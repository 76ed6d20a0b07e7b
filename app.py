"""Token Ledger: what an organization spends on Anthropic, and on what."""

from core.ui.app import navigation

navigation.run()
