"""Words of the line under a view."""

from __future__ import annotations

from datetime import date

import pytest

from core.explore.provenance import ControlDifference
from core.ledger.control import EXPECTED
from core.ui.app.origin_line import measure_of, report_word


@pytest.mark.parametrize("measure", sorted({name for checks in EXPECTED.values() for name in checks}))
def test_every_check_reads_in_its_own_unit(measure: str) -> None:
    difference = ControlDifference(1, "Main", date(2026, 11, 1), measure, 1, 2)
    assert measure_of(difference).name == measure.removeprefix("user_")


@pytest.mark.parametrize(
    ("stream", "word"),
    [("platform_usage", "usage report"), ("claude_ai_user_cost", "cost by user"), ("api_keys", "API keys")],
)
def test_reports_have_words(stream: str, word: str) -> None:
    assert report_word(stream) == word
