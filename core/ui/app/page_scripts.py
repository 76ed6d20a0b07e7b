"""Small scripts of ours that run in every page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_NAMES = ("history", "remember", "clipboard", "picture", "links", "cells", "popovers")


@cache
def script_text() -> str:
    """All of them as one; the only script of ours that the page's policy lets run."""
    folder = Path(__file__).parent
    return "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in _NAMES)
