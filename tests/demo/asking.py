"""Asking a simulator as a client would, without a client in between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.demo.company import Organization
from core.demo.service import Request, Response, Simulator

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
FAST_MODE = {"anthropic-beta": "fast-mode-2026-02-01"}

PLATFORM_USAGE = "/v1/organizations/usage_report/messages"
PLATFORM_COST = "/v1/organizations/cost_report"
USER_COST = "/v1/organizations/analytics/user_cost_report"
USER_USAGE = "/v1/organizations/analytics/user_usage_report"
CLAUDE_AI_COST = "/v1/organizations/analytics/cost_report"
CLAUDE_AI_USAGE = "/v1/organizations/analytics/usage_report"
NEWEST_COST = "/v1/organizations/analytics/cost"
NEWEST_USAGE = "/v1/organizations/analytics/usage"
NEWEST = {"anthropic-beta": "analytics-usage-cost-2026-08-24"}

Params = Sequence[tuple[str, str]]


def simulate(*organizations: Organization, now: datetime = NOW, **more: Any) -> Simulator:
    return Simulator(organizations, lambda: now, **more)


def send(
    simulator: Simulator,
    key: str | Organization,
    path: str,
    params: Params = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    text = key if isinstance(key, str) else key.key
    sent = {"x-api-key": text, "anthropic-version": "2023-06-01", **(headers or {})}
    return simulator.handle(Request(path, params, sent))


def ask(simulator: Simulator, organization: Organization, path: str, params: Params = (), **more: Any) -> Any:
    """The body of a 200."""
    answer = send(simulator, organization, path, params, **more)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def refused(
    simulator: Simulator, key: str | Organization, path: str, params: Params = (), **more: Any
) -> Any:
    """Status, error type and message of an answer that is not a 200."""
    answer = send(simulator, key, path, params, **more)
    body = json.loads(answer.body)
    assert body["type"] == "error"
    assert body["request_id"] == answer.headers["request-id"]
    return answer.status, body["error"]["type"], body["error"]["message"]


def pages(
    simulator: Simulator, organization: Organization, path: str, params: Params, **more: Any
) -> Iterator[Any]:
    """All pages of a report. A cursor may not come twice."""
    cursor: list[tuple[str, str]] = []
    seen: set[str] = set()
    while True:
        page = ask(simulator, organization, path, [*params, *cursor], **more)
        yield page
        if not page["has_more"]:
            assert page["next_page"] is None
            return
        assert page["next_page"] not in seen
        seen.add(page["next_page"])
        cursor = [("page", page["next_page"])]


def rows(
    simulator: Simulator, organization: Organization, path: str, params: Params, **more: Any
) -> list[Any]:
    """All rows of a report, flat or in buckets."""
    found = [item for page in pages(simulator, organization, path, params, **more) for item in page["data"]]
    return [row for item in found for row in item["results"]] if found and "results" in found[0] else found


def days(start: date, count: int = 1) -> list[tuple[str, str]]:
    """The parameters of ``count`` UTC days, in one-day buckets."""
    return [
        ("starting_at", f"{start}T00:00:00Z"),
        ("ending_at", f"{start + timedelta(days=count)}T00:00:00Z"),
        ("bucket_width", "1d"),
    ]


def grouped(*names: str) -> list[tuple[str, str]]:
    return [("group_by[]", name) for name in names]


def exact(amounts: Sequence[str]) -> int:
    """Micro-cents of amounts as sent, by plain string arithmetic."""
    total = 0
    for amount in amounts:
        whole, fraction = amount.lstrip("-").split(".")
        value = int(whole) * 10**6 + int(fraction[:6])
        assert int(fraction[6:] or 0) == 0
        total += -value if amount.startswith("-") else value
    return total


def tokens_of(row: Mapping[str, Any]) -> dict[str, int]:
    """The five token types of a usage row, by the names of the cost reports."""
    return {
        "uncached_input_tokens": row["uncached_input_tokens"],
        "cache_creation.ephemeral_5m_input_tokens": row["cache_creation"]["ephemeral_5m_input_tokens"],
        "cache_creation.ephemeral_1h_input_tokens": row["cache_creation"]["ephemeral_1h_input_tokens"],
        "cache_read_input_tokens": row["cache_read_input_tokens"],
        "output_tokens": row["output_tokens"],
    }
