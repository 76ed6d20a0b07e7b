"""An answer tells by its date whether this machine's clock can be trusted."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from core.errors import ClockError
from tests.api.fakes import ME, NOW, Script, ask, failure, ok, refused


@pytest.mark.parametrize("days", [-400, -1.01, 1.01, 60])
@pytest.mark.parametrize("status", [200, 429])
def test_another_day_is_a_failure_at_once(days: float, status: int) -> None:
    date = format_datetime(NOW + timedelta(days=days))
    error, script = failure(ok(ME, date=date) if status == 200 else refused(status, date=date))
    assert isinstance(error, ClockError) and len(script.requests) == 1
    assert "2026-11-23 09:30" in error.happened and f"{NOW + timedelta(days=days):%Y-%m-%d}" in error.happened
    assert error.request_id and "Set this machine's clock" in error.remedy


@pytest.mark.parametrize(
    "headers",
    [
        {"date": format_datetime(NOW + timedelta(hours=23))},
        {"date": format_datetime(NOW - timedelta(hours=23))},
        {"date": "yesterday"},
        {"date": format_datetime(NOW - timedelta(days=9)), "age": "777600"},
        {},
    ],
    ids=str,
)
def test_a_near_or_an_untold_date_is_none(headers: dict[str, str]) -> None:
    assert ask(Script(ok(ME, **headers))).id == "org_1"
