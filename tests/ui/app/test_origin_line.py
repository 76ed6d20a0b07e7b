"""Words of the line under a view."""

from __future__ import annotations

import pytest

from core.ui.app.origin_line import report_word


@pytest.mark.parametrize(
    ("stream", "word"),
    [("platform_usage", "usage report"), ("claude_ai_user_cost", "cost by user"), ("api_keys", "API keys")],
)
def test_reports_have_words(stream: str, word: str) -> None:
    assert report_word(stream) == word
