"""The client of the newest reports against the simulated service: all of it is read, each refusal is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.api import newest
from core.api.client import Client
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.transport import SimulatorTransport
from core.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotServed,
    NotServedError,
    PermissionDeniedError,
    RateLimitError,
)
from core.periods import Period
from tests.api.fakes import URL
from tests.demo.asking import NOW, exact, simulate, tokens_of
from tests.support.custom import claude_ai_organization, platform_organization

Fetch = Callable[..., Any]

DAYS = Period(date(2026, 9, 14), date(2026, 9, 18))
ACME = platform_organization("acme", api_keys=6, users=3, newest=True, discount_percent=5)
STAFF = claude_ai_organization("staff", users=5, newest=True)

origins = pytest.mark.parametrize("organization", [ACME, STAFF], ids=lambda item: item.name)


def connected(organization: Organization, **behaviour: Any) -> Client:
    simulator = simulate(organization, behaviour=Behaviour(**behaviour))
    return Client(
        base_url=URL,
        api_key=organization.key,
        transport=SimulatorTransport(simulator),
        clock=lambda: NOW,
        sleep=lambda _: None,
    )


@origins
@pytest.mark.parametrize("by", [newest.KEY_GROUPS, newest.PRICE_GROUPS, newest.AGENT_GROUPS, ()])
@pytest.mark.parametrize("limit", [3, 1000])
def test_all_pages_together_are_the_truth(
    organization: Organization, by: tuple[str, ...], limit: int
) -> None:
    with connected(organization) as api:
        bill = [row for page in newest.fetch_cost(api, DAYS, by, limit=limit) for row in page.records]
        used = [row for page in newest.fetch_usage(api, DAYS, by, limit=limit) for row in page.records]
    simulator = simulate(organization)
    truth = [simulator.newest_totals_by(organization.id, day)[()] for day in DAYS]
    assert exact([row.cost.amount for row in bill]) == sum(total.cost_microcents for total in truth)
    assert exact([row.cost.list_amount for row in bill]) == sum(total.list_cost_microcents for total in truth)
    counted: Counter[str] = Counter()
    for row in used:
        written = row.usage.cache_creation
        creation = {
            "ephemeral_5m_input_tokens": written.ephemeral_5m_input_tokens,
            "ephemeral_1h_input_tokens": written.ephemeral_1h_input_tokens,
        }
        plain = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
        fields = {name: getattr(row.usage, name) for name in plain}
        counted.update(tokens_of({**fields, "cache_creation": creation}))
    assert counted == sum((total.tokens for total in truth), Counter())
    assert sum(row.usage.web_searches for row in used) == sum(total.web_searches for total in truth)


@origins
def test_totals_are_a_row_a_day(organization: Organization) -> None:
    with connected(organization) as api:
        (costs,), (usages,) = newest.fetch_cost_total(api, DAYS), newest.fetch_usage_total(api, DAYS)
    assert [row.starting_at[:10] for row in costs.records] == [day.isoformat() for day in DAYS]
    assert [row.starting_at[:10] for row in usages.records] == [day.isoformat() for day in DAYS]
    assert all(row.cost.requests for row in costs.records)


@origins
@pytest.mark.parametrize("error_codes", [True, False])
@pytest.mark.parametrize(
    ("newest_is", "reason"),
    [
        ("not_in_beta", NotServed.NOT_IN_BETA),
        ("not_found", NotServed.NOT_FOUND),
        ("not_supported", NotServed.NOT_SUPPORTED),
        ("hipaa", NotServed.HIPAA),
    ],
)
@pytest.mark.parametrize("fetch", [newest.fetch_cost_total, newest.fetch_usage_total])
def test_every_refusal_of_an_organization_is_told(
    organization: Organization,
    newest_is: Any,
    reason: NotServed,
    error_codes: bool,
    fetch: Callable[..., Any],
) -> None:
    with connected(organization, newest=newest_is, error_codes=error_codes) as api:
        with pytest.raises(NotServedError) as caught:
            list(fetch(api, DAYS))
        with pytest.raises(NotServedError):
            newest.require_served(api, DAYS)
    assert caught.value.reason is reason


def test_an_organization_outside_the_beta_is_told() -> None:
    with connected(platform_organization("plain")) as api, pytest.raises(NotServedError) as caught:
        newest.require_served(api, DAYS)
    assert caught.value.reason is NotServed.NOT_IN_BETA


def test_what_somebody_has_to_mend_is_told_apart() -> None:
    with (
        connected(ACME, newest_most_groups=3) as api,
        pytest.raises(InvalidRequestError, match="more than 3"),
    ):
        list(newest.fetch_cost(api, DAYS, newest.PRICE_GROUPS))
    with connected(replace(STAFF, scopes=("read:members",))) as api, pytest.raises(PermissionDeniedError):
        newest.require_served(api, DAYS)
    with connected(ACME, refused_with="organization_on_hold") as api, pytest.raises(PermissionDeniedError):
        newest.require_served(api, DAYS)
    with connected(STAFF, requests_per_minute=1, says_retry_after=False) as api:
        newest.require_served(api, DAYS)
        with pytest.raises(RateLimitError):
            newest.require_served(api, DAYS)
    with connected(ACME) as api:
        newest.require_served(api, DAYS)
    simulator = simulate(ACME)
    with (
        Client(base_url=URL, api_key="sk-ant-admin01-x", transport=SimulatorTransport(simulator)) as api,
        pytest.raises(AuthenticationError),
    ):
        newest.require_served(api, DAYS)


def test_a_watermark_of_null_comes_with_nothing() -> None:
    with connected(ACME, newest_null_watermark=True) as api:
        (page,) = newest.fetch_cost(api, DAYS, ("model",))
    assert (page.records, page.data_refreshed_at) == ([], None)
