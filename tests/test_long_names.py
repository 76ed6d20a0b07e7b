"""What tells a long name from others stays when it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.long_names import parted, shortened
from tests.properties import tried


@pytest.mark.parametrize(
    ("label", "head", "keeps_head"),
    [
        ("ada.lovelace@analytical.example.com", "ada.lovelace", True),
        ("claude-haiku-4-5-20251001", "claude-haiku", False),
        ("claude-opus-5", "claude", False),
        ("apikey_01ABCDEFGHIJ", "apikey", False),
        ("Default workspace · Northwind Labs", "Default workspace", False),
        ("ada@example.com · Fleet · Northwind", "ada@example.com · Fleet", False),
        ("Datenplattform für Müller", "Datenplattform für Müller", True),
        ("ada (@work)", "ada (@work)", True),
        ("@here", "@here", True),
        ("averyveryverylongnamewithoutanysign", "averyveryverylongnamewithoutanysign", True),
        ("", "", True),
    ],
)
def test_the_part_that_tells_it_apart(label: str, head: str, keeps_head: bool) -> None:
    found = parted(label)
    assert (found.head, found.keeps_head) == (head, keeps_head) and found.head + found.tail == label


@pytest.mark.parametrize(
    ("label", "most", "short"),
    [
        ("ada.lovelace@analytical.example.com", 20, "ada.lovelace@analyt…"),
        ("claude-haiku-4-5-20251001", 20, "claude…-4-5-20251001"),
        ("claude-haiku-4-5-20251001", 8, "…0251001"),
        ("Default workspace · Northwind Labs", 24, "Defaul… · Northwind Labs"),
        ("planner · Fleet Control · Northwind Robotics", 24, "planner · Fl… · Northwi…"),
        ("planner · Kalibrierung der Greifarme, Linie 3", 30, "planner · Kalibrierung der Gr…"),
        ("claude-haiku-4-5-20251001 · Northwind Robotics", 30, "…20251001 · Northwind Robotics"),
        ("claude-opus-5", 13, "claude-opus-5"),
    ],
)
def test_names_cut_to_a_length(label: str, most: int, short: str) -> None:
    assert shortened(label, most) == short and len(short) <= most


@tried(200)
@given(st.text(alphabet="ab-_@. ·é", max_size=40), st.integers(2, 40))
def test_no_name_is_longer_than_its_place(label: str, most: int) -> None:
    short = shortened(label, most)
    assert len(short) <= most and (short == label) is (len(label) <= most)
