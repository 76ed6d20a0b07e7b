"""Text from elsewhere, shown as text.

Names of workspaces, keys and users come from an API in which anyone may name things. Streamlit reads Markdown
in most places: there, whatever did not come from this program goes through ``markdown_text``. Where it reads
HTML, :mod:`core.ui.app.html` escapes by type.
"""

from __future__ import annotations

import re

from core.bidi import isolated
from core.money import MINUS

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^&=@])")
_WORD_JOINER = "\u2060"
_FOUND_LATER = re.compile(r"(?<=:)(?=[\w+/\-]+:)|(?<=\w)(?=@\w)|(?<=:)(?=//)|(?<=w)(?=\.)", re.IGNORECASE)
"""Where emoji codes, e-mail and web addresses begin: Streamlit looks for them after Markdown is done."""


def markdown_text(text: object) -> str:
    """For labels, captions, notices and all else that reads Markdown: shows exactly ``text``, on one line.

    Written from right to left, it leaves what stands beside it as it is.
    """
    line = isolated(" ".join(str(text).split()))
    return _MARKDOWN.sub(r"\\\1", _FOUND_LATER.sub(_WORD_JOINER, line))


_IMAGE = re.compile(r"!(?=\[)")
_HEADING = re.compile(r"^( {0,3})(#{1,4})(?=\s)", re.MULTILINE)
_FREE_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\$")


def reader_markdown(text: str) -> str:
    """A text that people wrote in Markdown: Streamlit shows HTML in it as text.

    Without images, which would ask other servers, and without formulas, as which two prices would be read.
    Headings come below those of the page.
    """
    shown = _HEADING.sub(r"\1##\2", _IMAGE.sub(f"!{_WORD_JOINER}", text))
    return _FREE_DOLLAR.sub(r"\1\\$", shown)


def unbroken(text: str) -> str:
    """A line does not end between a minus and its amount."""
    return text.replace(f"{MINUS}$", f"{MINUS}{_WORD_JOINER}$")


def sentence(text: str) -> str:
    """With a full stop, if it has none."""
    return text if text.endswith((".", "!", "?", ")")) or not text else f"{text}."
