"""Removes keys from a text, wherever it comes from."""

from __future__ import annotations

import re

HIDDEN = "[API key]"
"""What stands in the place of a key."""

ANY_KEY = re.compile(r"sk-ant-[A-Za-z0-9_-]+")


def without_keys(text: str) -> str:
    """The text with every key of Anthropic's hidden."""
    return ANY_KEY.sub(HIDDEN, text)
