"""Names that nobody sees are not given, and shown where others gave them."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from core.dimensions import DIMENSIONS
from core.errors import InputError
from core.explore.labels import value_label
from core.store.given_names import free_name, usable_name
from core.visible import as_seen, code_points, is_visible

BLANK = [
    "",
    " ",
    "\t\n",
    "\u00a0",
    "\u200b",
    "\u3164",
    "\u2800",
    "\ufeff",
    "\u2066\u2069",
    "\u00ad",
    "\U000e0041",
    "\x00",
]


@pytest.mark.parametrize("text", BLANK)
def test_a_name_without_anything_to_see_is_refused(text: str) -> None:
    assert not is_visible(text) and not is_visible(text * 3)
    for name in (text, f" {text}{text} "):
        with pytest.raises(InputError):
            usable_name(name, "name")


@pytest.mark.parametrize("text", ["a", "0", "é", "数", "👩‍👩‍👧", "❤️", "שלום", "­a", ".", "\u0301"])
def test_what_can_be_seen_is_one(text: str) -> None:
    assert is_visible(text)


def test_every_format_character_alone_is_invisible() -> None:
    """By the tables of Unicode: those that are drawn stand before digits of Arabic, Syriac or Kaithi, or in
    hieroglyphs."""
    drawn = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) == "Cf" and is_visible(chr(code))
    }
    named = {unicodedata.name(chr(code)).split()[0] for code in drawn}
    assert named <= {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}


@pytest.mark.parametrize("name", ["Finance\u3164", "FINANCE", "Ｆinance", "Fin\u034fance", "Finance\ufe0f"])
def test_a_name_that_looks_like_another_is_taken(name: str) -> None:
    with pytest.raises(InputError, match="already used"):
        usable_name(name, "name", ["Other", "Finance"])
    assert free_name(name, ["Finance"]).endswith(" (2)")


def test_names_that_look_different_are_different() -> None:
    names = ["Finance", "Finances", "Fínance", "Finance 2", "财务"]
    assert len({as_seen(name) for name in names}) == len(names)
    assert [usable_name(name, "name", names[:n]) for n, name in enumerate(names)] == names


def test_a_received_name_that_shows_nothing_is_named_and_stays_its_own() -> None:
    labels = [value_label(DIMENSIONS["workspace"], text) for text in BLANK if text]
    assert len(set(labels)) == len(labels)
    assert all(is_visible(label.replace("“", "").replace("”", "")) for label in labels)
    assert value_label(DIMENSIONS["workspace"], "\u200b") == "“\u200b” (U+200B)"
    assert code_points("\u200b" * 3) == "U+200B U+200B U+200B"
    assert code_points("\u200b" * 900).endswith("… 900 characters")
