"""What is wrong with a row that cannot be counted, in words that all such rows share."""

from __future__ import annotations

import json

import msgspec
import pytest

from core.api.decoding import decode
from core.api.records import CostRecord
from core.api.rows import odd_words
from tests.api.fakes import COST


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({**COST, "amount": None}, "“amount” is empty"),
        ({name: value for name, value in COST.items() if name != "amount"}, "“amount” is missing"),
    ],
)
@pytest.mark.parametrize("place", ["$.data[28].results[21]", "$.data[0].results[3]"])
def test_an_odd_row_is_told_without_its_place(row: dict[str, object], expected: str, place: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        decode(json.dumps(row).encode(), CostRecord)
    assert odd_words(str(caught.value).replace("`$", f"`{place}")) == expected
    assert odd_words(f"{caught.value}") == expected


def test_what_else_is_wrong_is_told_as_it_was_found() -> None:
    assert odd_words("Expected `str`, got `int` - at `$.data[0].results[1].amount`") == (
        "“amount” cannot be read: Expected `str`, got `int`"
    )
    assert odd_words("Expected `object`, got `array` - at `$.data[0].results[1]`") == (
        "Expected `object`, got `array`"
    )
    assert odd_words("Something new") == "Something new"
