"""A file of settings is read whole, or refused with the line and the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.settings_file.form import MOST_BYTES, decoded
from core.settings_file.lines import lines_of
from tests.properties import tried
from tests.settings_file.content import WHOLE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as raised:
        decoded(text.encode() if isinstance(text, str) else text)
    assert "Nothing was changed." in str(raised.value)
    return str(raised.value)


def text_with(change: Any) -> tuple[str, list[str]]:
    content = json.loads(json.dumps(WHOLE))
    change(content)
    text = json.dumps(content, indent=2)
    return text, text.splitlines()


def line_of(lines: list[str], part: str) -> int:
    (number,) = [number for number, line in enumerate(lines, 1) if part in line]
    return number


@pytest.mark.parametrize(
    ("change", "at", "says"),
    [
        (lambda c: c["plans"][0].update(colour="red"), '"colour"', "unknown field `colour`"),
        (lambda c: c.update(budgets=[]), '"budgets"', "unknown field `budgets`"),
        (lambda c: c["rules"][0].update(step="50"), '"step"', "Expected `int"),
        (lambda c: c["plans"][0]["amounts"].update({"2026-11": 50000}), '"amounts"', "Expected `str`"),
        (lambda c: c["dashboards"][0]["tiles"][1].update(sight=""), '"sight"', "unknown field `sight`"),
        (lambda c: c.update(version=2), '"version"', "reads up to 1"),
        (lambda c: c.update(version="1"), '"version"', "which version"),
        (lambda c: c.update(version=True), '"version"', "which version"),
        (lambda c: c.update(format="token-ledger-dashboard"), '"format"', "not a file of Token Ledger's"),
    ],
)  # fmt: skip
def test_what_is_otherwise_is_refused_with_its_line(change: Any, at: str, says: str) -> None:
    text, lines = text_with(change)
    refused = refusal(text)
    assert f"Line {line_of(lines, at)}: " in refused and says in refused


def test_a_field_that_is_missing_is_told_at_what_lacks_it() -> None:
    text, lines = text_with(lambda c: c["plans"][0].pop("measure"))
    start = line_of(lines, '"plans"') + 1
    assert refusal(text).startswith(f"Line {start}: ") and "measure" in refusal(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n "format": 1,,\n}', "Line 2: This is not JSON"),
        ("", "Line 1: This is not JSON"),
        ('{"format": "a", "format": "a"}', "stands twice in one object"),
        ('{"version": NaN}', "NaN is no number"),
        ("[" * 200_000, "nested too deeply"),
        ("[]", "not a file of Token Ledger's settings"),
        (b"{\n\n\xff}", "Line 3: This is not UTF-8"),
        (b" " * (MOST_BYTES + 1), "larger than 20 MB"),
    ],
    ids=["comma", "empty", "twice", "nan", "deep", "list", "bytes", "large"],
)
def test_what_is_no_file_of_settings_is_refused(text: str | bytes, says: str) -> None:
    assert says in refusal(text)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert decoded(b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()).content.plans


@tried(200)
@given(JSON, st.sampled_from([None, 1, 3]))
def test_the_line_of_a_value_is_where_it_stands(value: Any, indent: int | None) -> None:
    """Every leaf is marked by its own number, and looked for in the text's lines."""
    leaves: dict[str, int] = {}

    def marked(inner: Any, path: str) -> Any:
        if isinstance(inner, dict):
            return {name: marked(part, f"{path}.{name}") for name, part in inner.items()}
        if isinstance(inner, list):
            return [marked(part, f"{path}[{n}]") for n, part in enumerate(inner)]
        leaves[path] = 900_000 + len(leaves)
        return leaves[path]

    text = json.dumps(marked(value, "$"), indent=indent)
    lines = lines_of(text)
    for path, mark in leaves.items():
        if list(leaves).count(path) == 1:
            assert str(mark) in text.split("\n")[lines.of(path) - 1]
