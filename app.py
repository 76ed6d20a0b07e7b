"""Token Ledger: what an organization spends on Anthropic, and on what."""

from core.ui import navigation

navigation.run()
