"""What turns the reading direction is isolated, and nothing else."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from core.bidi import isolated, isolated_list

HEBREW, ARABIC = "שלום", "مفتاح 12.8%"
OPEN, CLOSE = "\u2068", "\u2069"
TURNING = {"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_every_character_that_turns_the_direction_isolates_its_name() -> None:
    """By the tables of Unicode."""
    missed = [
        hex(code)
        for code in range(sys.maxunicode)
        if unicodedata.bidirectional(chr(code)) in TURNING and not isolated(f"a{chr(code)}b").startswith(OPEN)
    ]
    assert missed == []


@pytest.mark.parametrize("text", ["", "claude-opus-5", "Müller · 山田 花子", "$1,204.50 (12.8%)", "Zoë +4"])
def test_what_reads_from_left_to_right_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text


def test_each_part_of_a_label_is_isolated_by_itself() -> None:
    assert isolated(f"{HEBREW} · claude-opus-5 · {ARABIC}") == (
        f"{OPEN}{HEBREW}{CLOSE} · claude-opus-5 · {OPEN}{ARABIC}{CLOSE}"
    )
    assert isolated_list(["a", HEBREW], " or ") == f"a or {OPEN}{HEBREW}{CLOSE}"


def test_a_name_cannot_end_its_isolate() -> None:
    found = isolated(f"{CLOSE}{HEBREW}{CLOSE}{OPEN}\u2066\u202e")
    assert found == f"{OPEN}{HEBREW}\u202e{CLOSE}"


def test_names_in_a_sentence_stay_isolated_where_the_sentence_is() -> None:
    """So that the words and numbers between them keep their order."""
    sentence = f"{isolated(HEBREW)} and {isolated(ARABIC)}: 3 days"
    assert isolated(sentence) == f"{OPEN}{OPEN}{HEBREW}{CLOSE} and {OPEN}{ARABIC}{CLOSE}: 3 days{CLOSE}"
    assert isolated(f"{OPEN}{HEBREW}") == isolated(f"{HEBREW}{CLOSE}") == f"{OPEN}{HEBREW}{CLOSE}"
    assert isolated(f"{CLOSE}{HEBREW}{OPEN}") == f"{OPEN}{HEBREW}{CLOSE}"
