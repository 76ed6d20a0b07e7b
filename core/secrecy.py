"""Removes keys from a text, wherever it comes from."""

from __future__ import annotations

import re
import traceback

HIDDEN = "[API key]"
"""What stands in the place of a key."""
HIDDEN_ADDRESS = "[address]"
"""What stands in the place of an address: a webhook's is a secret as a whole."""

ANY_KEY = re.compile(r"sk-ant-[A-Za-z0-9_-]+")


def without_keys(text: str) -> str:
    """The text with every key of Anthropic's hidden."""
    return ANY_KEY.sub(HIDDEN, text)


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")


def without_secrets(text: str) -> str:
    """The same without addresses, too: for what a fault of this program says, whatever it was working on."""
    return _ADDRESS.sub(HIDDEN_ADDRESS, without_keys(text))


def fault_text() -> str:
    """The traceback of the exception that is being handled, for a log."""
    return without_secrets(traceback.format_exc())
