"""HTML, escaped by type: whatever is not Markup is text.

>>> Element("p")("<b>", title="a & b")
Markup('<p title="a &amp; b">&lt;b&gt;</p>')
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup as Markup
from markupsafe import escape

Node = str | int | None | Iterable["Node"]
"""What an element holds. None is nothing; of Iterables, each part."""


class Element:
    """Makes elements of one name: ``div(*inside, cls="tl-row", aria_hidden="true")``."""

    def __init__(self, name: str, *, is_void: bool = False) -> None:
        self._name, self._end = name, "" if is_void else f"</{name}>"

    def __call__(self, *inside: Node, **attributes: str | None) -> Markup:
        """An attribute that is None is left out; ``cls`` is the class."""
        given = "".join(
            f' {_spelled(key)}="{escape(value)}"' for key, value in attributes.items() if value is not None
        )
        return Markup(f"<{self._name}{given}>{escaped(inside)}{self._end}")  # noqa: S704 - all is escaped


def joined(*nodes: Node) -> Markup:
    """One after the other."""
    return Markup(escaped(nodes))  # noqa: S704 - all is escaped


def escaped(node: Node) -> str:
    if isinstance(node, str | int):
        return escape(node)
    return "".join(map(escaped, node or ()))


def document(head: Markup, body: Markup) -> Markup:
    """A whole page, as a mail is one."""
    return Markup("<!doctype html>\n") + Element("html")(head, body, lang="en")


def _spelled(attribute: str) -> str:
    return "class" if attribute == "cls" else attribute.replace("_", "-")
