"""What is asked of the lists of spend limits, and how their answers arrive."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.api.spend_limits import LimitScope, fetch_effective_limits, fetch_spend_limits
from core.errors import EndlessAnswerError, IncompleteAnswerError, MalformedAnswerError
from tests.api.fakes import Script, client, ok

SET: dict[str, Any] = {
    "id": "spl_1",
    "type": "spend_limit",
    "scope": {"type": "workspace", "workspace_id": "wrkspc_1"},
    "amount": "50000",
    "currency": "USD",
    "period": "monthly",
    "is_enabled": True,
    "created_at": "2026-10-01T00:00:00Z",
    "updated_at": "2026-10-02T00:00:00Z",
}
MEMBER: dict[str, Any] = {
    "scope": {"type": "user", "user_id": "user_1"},
    "actor": {
        "type": "user_actor",
        "user_id": "user_1",
        "email_address": "ann@acme.com",
        "name": "Ann",
        "deleted": False,
    },
    "amount": None,
    "currency": "USD",
    "period": "daily",
    "source": {"type": "seat_tier", "seat_tier": "premium"},
    "spend_limit_id": "spl_2",
    "period_to_date_spend": "12050.5",
}


def listed(*rows: Any, more: str | None = None) -> httpx.Response:
    return ok({"data": list(rows), "next_page": more})


def test_limits_that_are_set_are_asked_for_with_their_beta_header_and_to_their_end() -> None:
    script = Script(listed(SET, more="p2"), listed(more="p3"), listed({**SET, "id": "spl_9"}))
    with client(script) as api:
        limits = [limit for page in fetch_spend_limits(api) for limit in page.records]
    assert script.requests[0].url.path == "/v1/organizations/spend_limits"
    assert script.requests[0].headers["anthropic-beta"] == "spend-limit-reads-2026-09-26"
    assert script.params(2) == [("limit", "1000"), ("page", "p3")]
    assert [limit.id for limit in limits] == ["spl_1", "spl_9"], "an empty page is not the end"
    assert (limits[0].amount, limits[0].scope.id) == ("50000", "wrkspc_1")


def test_members_limits_are_asked_for_without_it_and_name_where_they_come_from() -> None:
    script = Script(listed(MEMBER))
    with client(script) as api:
        (page,) = fetch_effective_limits(api)
    (limit,) = page.records
    assert script.requests[0].url.path == "/v1/organizations/spend_limits/effective"
    assert "anthropic-beta" not in script.requests[0].headers
    assert limit.actor and limit.actor.email == "ann@acme.com"
    assert isinstance(limit.source, LimitScope) and limit.source.id == "premium"
    assert (limit.amount, limit.period_to_date_spend) == (None, "12050.5")


def test_what_the_contract_leaves_open_may_be_otherwise() -> None:
    """A source in a word, an older spelling of the e-mail, fields nobody knows, a scope nobody knows."""
    other = {
        "scope": {"type": "squad", "squad_id": "squad_1"},
        "actor": {"user_id": "user_1", "email": "ann@acme.com"},
        "amount": "5",
        "currency": "EUR",
        "period": "fortnightly",
        "source": "organization",
        "mood": "mild",
    }
    with client(Script(listed(other))) as api:
        (page,) = fetch_effective_limits(api)
    (limit,) = page.records
    assert (limit.scope.type, limit.scope.id, limit.source) == ("squad", None, "organization")
    assert limit.period_to_date_spend is None and limit.actor and limit.actor.email == "ann@acme.com"


def test_an_entry_that_cannot_be_read_is_told_from_the_others() -> None:
    without = {name: value for name, value in SET.items() if name != "amount"}
    with client(Script(listed(SET, without, {**SET, "amount": 50000}))) as api:
        (page,) = fetch_spend_limits(api)
    assert (len(page.records), len(page.odd)) == (1, 2), "an amount that is missing is not 'no limit'"


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([ok({"data": [SET]})], IncompleteAnswerError),
        ([ok({"data": [{"id": "spl_1"}], "next_page": None})], MalformedAnswerError),
        ([listed(SET, more="p2"), listed(SET, more="p2")], IncompleteAnswerError),
        ([listed(more=f"p{n}") for n in range(9)], EndlessAnswerError),
    ],
    ids=["no word of an end", "nothing that can be read", "round in a circle", "nothing and more of it"],
)
def test_half_an_answer_is_none(answers: list[httpx.Response], error: type[Exception]) -> None:
    with client(Script(*answers)) as api, pytest.raises(error):
        list(fetch_spend_limits(api))
