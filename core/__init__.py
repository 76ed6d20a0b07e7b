"""Token Ledger: what an organization spends on Anthropic, and on what."""

__version__ = "0.3.0"
