"""Every way a key can fail to connect, in a sentence, with nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from core.api import client as client_module
from core.clock import rfc3339
from core.demo.service import Simulator
from core.demo.transport import SimulatorTransport
from core.dimensions import Origin
from core.errors import (
    ApiError,
    AuthenticationError,
    BillingError,
    InputError,
    MalformedAnswerError,
    NetworkError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TokenLedgerError,
)
from core.settings import Settings
from core.store.connections import Connection, list_connections, read_key
from core.store.database import database
from core.store.secrets import Vault
from core.sync.connect import NewConnection, change_key, check_key, connect
from tests.api.fakes import refused
from tests.support.custom import admin_key, analytics_key, claude_ai_organization, platform_organization
from tests.sync.anthropic import (
    ADMIN_KEY,
    ANALYTICS,
    ANALYTICS_KEY,
    COST_PATH,
    ME,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    connected,
    refuse,
)

SINCE = TODAY - timedelta(days=30)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = client_module.Client.__init__

    def quick(self: client_module.Client, **given: Any) -> None:
        plain(self, **{**given, "sleep": lambda _: None})

    monkeypatch.setattr(client_module.Client, "__init__", quick)


def attempt(
    settings: Settings, server: Anthropic | httpx.BaseTransport, key: str = ADMIN_KEY, name: str = "Research"
) -> Connection:
    transport = server.transport if isinstance(server, Anthropic) else server
    return connect(settings, NewConnection(name, key, SINCE), clock=lambda: NOW, transport=transport)


def stored(settings: Settings) -> list[Connection]:
    with database(settings) as db:
        return list_connections(db)


def fails(
    settings: Settings,
    server: Anthropic | httpx.BaseTransport,
    kind: type[TokenLedgerError],
    key: str = ADMIN_KEY,
    name: str = "Research",
) -> TokenLedgerError:
    before = stored(settings)
    with pytest.raises(kind) as caught:
        attempt(settings, server, key, name)
    assert stored(settings) == before
    assert caught.value.remedy, "no word on what to do next"
    if len(key) > 20:
        assert key not in str(caught.value) and key not in repr(caught.value)
    return caught.value


def test_an_admin_key_becomes_a_platform_connection(settings: Settings) -> None:
    server = Anthropic()
    found = attempt(settings, server, f"  {ADMIN_KEY}\n")
    assert (found.origin, found.organization_id) == (Origin.PLATFORM, "org_1")
    assert (found.organization_name, found.since, found.demo) == ("Name of org_1", SINCE, False)
    assert server.paths() == [ME, USAGE_PATH, COST_PATH]
    with database(settings) as db:
        assert read_key(db, Vault(settings), found.id) == ADMIN_KEY


def test_an_analytics_key_becomes_a_claude_ai_connection(settings: Settings) -> None:
    server = Anthropic(watermark=NOW)
    found = attempt(settings, server, ANALYTICS_KEY)
    assert (found.origin, found.organization_id) == (Origin.CLAUDE_AI, "org_1")
    assert found.organization_name is None
    assert server.paths() == [f"{ANALYTICS}/cost_report"]


def test_the_check_asks_for_no_more_than_a_day(settings: Settings) -> None:
    server = Anthropic(watermark=NOW)
    attempt(settings, server), attempt(settings, server, ANALYTICS_KEY, "Chat")
    limits = {request.url.params.get("limit") for request in server.asked if request.url.path != ME}
    assert limits == {"1"}


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "key is empty"),
        ("   \n", "key is empty"),
        ("hello", "does not look like"),
        ("sk-ant-admin01-", "does not look like"),
        ("sk-ant-admin01-with a blank inside", "does not look like"),
        ("sk-ant-admin01-ümläüte-everywhere", "does not look like"),
        ("sk-ant-oat01-of-another-kind-altogether", "does not look like"),
        ("sk-ant-admin01-" + "x" * 600, "does not look like"),
        (ADMIN_KEY + "\n" + ADMIN_KEY, "does not look like"),
        ("sk-ant-api03-abcdefghijklmnop", "cannot read cost and usage"),
    ],
)
def test_a_key_that_cannot_be_right_is_never_sent(settings: Settings, key: str, says: str) -> None:
    server = Anthropic()
    error = fails(settings, server, InputError, key.strip())
    assert says in str(error) and error.field == "api_key" and server.asked == []  # type: ignore[attr-defined]


def test_an_inference_key_is_told_which_key_is_needed_and_where(settings: Settings) -> None:
    error = fails(settings, Anthropic(), InputError, "sk-ant-api03-abcdefghijklmnop")
    for word in ("Admin key", "Analytics key", "Primary Owner", "Console"):
        assert word in error.remedy


@pytest.mark.parametrize("key", [ADMIN_KEY, ANALYTICS_KEY])
@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, ApiError, "did not accept the request: “No.”"),
        (401, AuthenticationError, "mistyped, revoked or expired"),
        (402, BillingError, "billing"),
        (403, PermissionDeniedError, "lacks a permission"),
        (404, ApiError, "“No.”"),
        (429, RateLimitError, "spend limit"),
        (500, ServerError, "temporary"),
        (529, ServerError, "overloaded"),
    ],
)
def test_each_refusal_is_a_sentence_of_its_own(
    settings: Settings, key: str, status: int, kind: type[ApiError], says: str
) -> None:
    error = fails(settings, Anthropic(rules=[refuse("", status)]), kind, key)
    assert says in str(error) and error.request_id == "req_9"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [ME, "/usage_report/messages", "/cost_report"])
def test_every_report_an_admin_key_must_read_is_tried(settings: Settings, path: str) -> None:
    message = "This API key has the scopes [a] but this endpoint needs [b]."
    error = fails(settings, Anthropic(rules=[refuse(path, 403, message)]), PermissionDeniedError)
    assert message in str(error)


def test_a_key_without_the_scope_hears_what_it_has_and_needs(settings: Settings) -> None:
    limited = replace(claude_ai_organization("Acme"), scopes=("read:members",))
    server = SimulatorTransport(Simulator([limited], lambda: NOW))
    error = fails(settings, server, PermissionDeniedError, analytics_key("Acme"))
    assert "[read:members]" in str(error) and "[read:analytics]" in str(error)


def test_a_revoked_key_is_refused_by_the_simulated_anthropic(settings: Settings) -> None:
    server = SimulatorTransport(Simulator([platform_organization("Acme")], lambda: NOW))
    fails(settings, server, AuthenticationError, ADMIN_KEY)
    assert attempt(settings, server, admin_key("Acme")).organization_name == "Acme"


def _raises(error: Exception) -> httpx.MockTransport:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    ("transport", "kind", "says"),
    [
        (_raises(httpx.ConnectError("refused")), NetworkError, "could not be reached"),
        (_raises(httpx.ReadTimeout("slow")), NetworkError, "took too long"),
        (_raises(httpx.RemoteProtocolError("closed")), NetworkError, "closed the connection"),
        (httpx.MockTransport(lambda _: httpx.Response(200, text="<html>")), MalformedAnswerError, "web page"),
        (httpx.MockTransport(lambda _: httpx.Response(200, text="{")), MalformedAnswerError, "cut short"),
        (
            httpx.MockTransport(lambda _: httpx.Response(200, json={})),
            MalformedAnswerError,
            "form it promises",
        ),
    ],
)
def test_no_proper_answer_is_a_sentence(
    settings: Settings, transport: httpx.MockTransport, kind: type[ApiError], says: str
) -> None:
    for key in (ADMIN_KEY, ANALYTICS_KEY):
        assert says in str(fails(settings, transport, kind, key))


def test_an_answer_that_does_not_name_its_organization_is_no_proof(settings: Settings) -> None:
    server = Anthropic("", watermark=NOW)
    error = fails(settings, server, ApiError, ANALYTICS_KEY)
    assert "did not say which organization" in str(error)


def test_a_used_name_is_refused_before_the_key_is_sent(settings: Settings) -> None:
    connected(settings, "Research")
    server = Anthropic("org_2")
    error = fails(settings, server, InputError, name=" RESEARCH ")
    assert "already used" in str(error) and error.field == "name" and server.asked == []  # type: ignore[attr-defined]


def test_an_organization_is_connected_once_for_each_origin(settings: Settings) -> None:
    attempt(settings, Anthropic())
    error = fails(settings, Anthropic(), InputError, name="Again")
    assert "already connected, as “Research”" in str(error)
    assert attempt(settings, Anthropic(watermark=NOW), ANALYTICS_KEY, "Chat").origin is Origin.CLAUDE_AI


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_an_unusable_name_is_refused_before_the_key_is_sent(settings: Settings, name: str) -> None:
    server = Anthropic()
    fails(settings, server, InputError, name=name)
    assert server.asked == []


def test_history_cannot_begin_in_the_future(settings: Settings) -> None:
    new = NewConnection("Research", ADMIN_KEY, TODAY + timedelta(days=1))
    with pytest.raises(InputError, match="in the future") as caught:
        connect(settings, new, clock=lambda: NOW, transport=Anthropic().transport)
    assert caught.value.field == "since" and stored(settings) == []


def strict(request: httpx.Request) -> httpx.Response | None:
    """What the real service refuses: more than five dimensions, and the cost of a day that is not over."""
    if len(request.url.params.get_list("group_by[]")) > 5:
        return refused(400, "Cannot specify more than 5 group_by[] dimensions.")
    if request.url.path == COST_PATH and request.url.params["starting_at"] >= rfc3339(_midnight()):
        return refused(400, "Invalid date range: ending date must be after starting date")
    return None


def _midnight() -> datetime:
    return datetime.combine(TODAY, time(), UTC)


def test_a_service_that_is_strict_is_connected_and_given_a_new_key(settings: Settings) -> None:
    server = Anthropic(rules=[strict])
    assert attempt(settings, server).id == 1
    assert _change(settings, server).key_hint == "sk-ant-admin01-…Wx9z"


@pytest.mark.parametrize("key", [ADMIN_KEY, ANALYTICS_KEY])
def test_the_check_asks_for_a_day_that_is_over(settings: Settings, key: str) -> None:
    server = Anthropic(watermark=NOW)
    attempt(settings, server, key)
    ends = [request.url.params["ending_at"] for request in server.asked if request.url.path != ME]
    assert ends and set(ends) == {"2026-03-10T00:00:00Z"}


def test_a_key_is_proved_on_a_day_whose_cost_is_late(settings: Settings) -> None:
    assert attempt(settings, Anthropic(until=TODAY - timedelta(days=2))).id == 1


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_fast_mode_header_does_not_stop_a_connection(settings: Settings, status: int) -> None:
    def no_header(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json={}) if "anthropic-beta" in request.headers else None

    server = Anthropic(rules=[no_header])
    assert attempt(settings, server).id == 1
    assert server.paths() == [ME, USAGE_PATH, COST_PATH]


def _of_finished_days(request: httpx.Request) -> httpx.Response | None:
    """Cuts the end to today, as the cost report does, and refuses what is empty then."""
    if request.url.path != COST_PATH or request.url.params["starting_at"] < f"{TODAY}T00:00:00Z":
        return None
    return refused(400, "Invalid date range: ending date must be after starting date")


def test_a_strict_service_is_connected_at_once(settings: Settings) -> None:
    server = Anthropic(rules=[_of_finished_days], cap=5)
    assert attempt(settings, server).id == 1
    assert server.paths() == [ME, USAGE_PATH, COST_PATH]  # nothing was refused and asked again


@pytest.mark.parametrize(
    "clock", [NOW, datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC)]
)
def test_a_key_is_proved_by_yesterday(settings: Settings, clock: datetime) -> None:
    server = Anthropic(watermark=NOW)
    for key in (ADMIN_KEY, ANALYTICS_KEY):
        check_key(settings, key, clock=lambda: clock, transport=server.transport)
    spans = {
        (request.url.params["starting_at"], request.url.params["ending_at"])
        for request in server.asked
        if request.url.path != ME
    }
    assert spans == {("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z")}


def test_a_key_is_proved_though_yesterday_is_late(settings: Settings) -> None:
    assert attempt(settings, Anthropic(until=TODAY - timedelta(days=2))).id == 1
    empty = {"data": [], "has_more": False, "next_page": None, "data_refreshed_at": None}
    late = Anthropic(rules=[lambda _: httpx.Response(200, json={**empty, "organization_id": "org_1"})])
    assert attempt(settings, late, ANALYTICS_KEY, "Chat").origin is Origin.CLAUDE_AI


def test_the_form_does_not_show_its_key() -> None:
    assert ADMIN_KEY not in repr(NewConnection("Research", ADMIN_KEY, SINCE))


NEW_KEY = "sk-ant-admin01-brand-new-secret-Wx9z"


def key_of(settings: Settings) -> str:
    with database(settings) as db:
        return read_key(db, Vault(settings), 1)


def _change(settings: Settings, server: Anthropic, key: str = NEW_KEY) -> Connection:
    return change_key(settings, 1, key, clock=lambda: NOW, transport=server.transport)


def test_a_key_of_the_same_organization_takes_the_place_of_the_old(settings: Settings) -> None:
    connected(settings)
    assert _change(settings, Anthropic(), f" {NEW_KEY} ").key_hint == "sk-ant-admin01-…Wx9z"
    assert key_of(settings) == NEW_KEY


@pytest.mark.parametrize(
    ("server", "key", "says"),
    [
        (lambda: Anthropic("org_2"), NEW_KEY, "belongs to another organization"),
        (lambda: Anthropic("org_1", watermark=NOW), ANALYTICS_KEY, "belongs to another organization"),
        (lambda: Anthropic(rules=[refuse("", 401)]), NEW_KEY, "does not accept this API key"),
        (lambda: Anthropic(), "", "key is empty"),
        (lambda: Anthropic(), "sk-ant-api03-abcdefghijklmnop", "cannot read cost and usage"),
    ],
)
def test_any_other_key_leaves_the_old_one(
    settings: Settings, server: Callable[[], Anthropic], key: str, says: str
) -> None:
    connected(settings)
    with pytest.raises(TokenLedgerError, match=says):
        _change(settings, server(), key)
    assert key_of(settings) == ADMIN_KEY


def test_a_key_for_a_removed_connection_is_not_sent(settings: Settings) -> None:
    server = Anthropic()
    with pytest.raises(InputError, match="no longer exists"):
        _change(settings, server)
    assert server.asked == []


def test_a_check_tells_what_a_key_opens(settings: Settings) -> None:
    check = check_key(settings, ADMIN_KEY, clock=lambda: NOW, transport=Anthropic().transport)
    assert (check.origin, check.organization_id, check.organization_name) == (
        Origin.PLATFORM, "org_1", "Name of org_1",
    )  # fmt: skip
