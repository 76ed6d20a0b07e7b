"""The page in ``docs/`` tells what the tests of this package saw. Runs last; see ``conftest.py``."""

from __future__ import annotations

import os

import pytest

from tests.faults.record import DOCUMENT, Record


def test_the_page_tells_what_was_seen(seen: Record) -> None:
    if not seen.is_complete:
        pytest.skip("only part of the faults was tested")
    document = seen.document()
    if os.environ.get("UPDATE_DOCS"):
        DOCUMENT.write_text(document, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == document, (
        "UPDATE_DOCS=1 pytest tests/faults writes it anew"
    )
