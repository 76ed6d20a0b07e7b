"""The list of workspaces, and which of them is the default one."""

from __future__ import annotations

import httpx
import pytest

from core.dimensions import Origin
from core.settings import Settings
from core.store.connections import get_connection
from core.store.database import database
from core.store.directory import read_names
from core.store.learned import DEFAULT_WORKSPACE, read_learned
from tests.api.fakes import COST, ok, refused
from tests.sync.anthropic import COST_PATH, LISTS, ME, Anthropic, Rule, connected, sync

CHECKOUT = {"id": "wrkspc_1", "name": "Checkout"}
DEFAULT = {"id": "wrkspc_0", "name": "Default"}


def workspaces(*others: dict[str, str], default: dict[str, str] | None = DEFAULT) -> Rule:
    """Answers the list; without a default one the parameter is refused."""

    def rule(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/workspaces"):
            return None
        if "include_default" not in request.url.params:
            return answer(*others)
        return answer(*others, default) if default else refused(400, "include_default: unknown parameter")

    return rule


def answer(*found: dict[str, str]) -> httpx.Response:
    return ok({"data": list(found), "has_more": False, "last_id": None})


def asked(server: Anthropic) -> list[bool]:
    """For each list of workspaces, whether the default one was asked for."""
    lists = [request for request in server.asked if request.url.path.endswith("/workspaces")]
    return ["include_default" in request.url.params for request in lists]


def learned(settings: Settings) -> str | None:
    with database(settings) as db:
        return read_learned(db, 1).text("workspaces", DEFAULT_WORKSPACE)


def names(settings: Settings) -> dict[str, str]:
    with database(settings) as db:
        return dict(read_names(db, 1).workspaces)


def test_the_default_workspace_is_the_one_that_is_listed_only_where_asked_for(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(rules=[workspaces(CHECKOUT, {"id": "wrkspc_2", "name": "Default"})])
    assert sync(settings, server).outcome == "ok"
    assert (learned(settings), asked(server)) == ("wrkspc_0", [True, False])
    assert names(settings) == {"wrkspc_1": "Checkout", "wrkspc_2": "Default", "wrkspc_0": "Default"}


def test_once_known_it_is_asked_for_once_a_sync(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic(rules=[workspaces()]))
    again = Anthropic(rules=[workspaces(CHECKOUT)])
    sync(settings, again)
    assert (learned(settings), asked(again)) == ("wrkspc_0", [True])


def test_an_older_server_that_refuses_the_parameter_is_asked_without_it(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(rules=[workspaces(CHECKOUT, default=None)])
    assert sync(settings, server).outcome == "ok"
    assert (learned(settings), asked(server), names(settings)) == (
        None,
        [True, False],
        {"wrkspc_1": "Checkout"},
    )


def test_an_older_server_that_ignores_the_parameter_tells_nothing(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(lists={"workspaces": [CHECKOUT, DEFAULT]})
    assert sync(settings, server).outcome == "ok"
    assert learned(settings) is None


def test_lists_that_differ_by_two_tell_nothing(settings: Settings) -> None:
    connected(settings)
    times = iter(range(9))

    def changing(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/workspaces"):
            return answer(CHECKOUT, DEFAULT) if next(times) == 0 else answer()
        return None

    sync(settings, Anthropic(rules=[changing]))
    assert learned(settings) is None


@pytest.mark.parametrize("status", [403, 500])
def test_a_second_list_that_fails_does_not_lose_the_first(settings: Settings, status: int) -> None:
    connected(settings)

    def without(request: httpx.Request) -> httpx.Response | None:
        given = "include_default" in request.url.params
        return refused(status) if request.url.path.endswith("/workspaces") and not given else None

    run = sync(settings, Anthropic(rules=[without, workspaces(CHECKOUT)]))
    assert (run.outcome, learned(settings)) == ("ok", None)
    assert names(settings) == {"wrkspc_1": "Checkout", "wrkspc_0": "Default"}


def test_both_refusals_are_a_failure_of_the_list(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(rules=[lambda r: refused(400) if r.url.path.endswith("/workspaces") else None])
    assert sync(settings, server).outcome == "partial"


def test_months_with_rows_under_the_real_id_count_as_changed_once_it_is_known(settings: Settings) -> None:
    connected(settings)
    rows = {COST_PATH: lambda day: [{**COST, "workspace_id": "wrkspc_0" if day.day == 9 else None}]}
    sync(settings, Anthropic(rows=rows, rules=[workspaces(default=None)]))
    with database(settings) as db:
        (before,) = db.conn.execute("SELECT value FROM meta WHERE name = 'revision'").fetchone()
    sync(settings, Anthropic(rows=rows, rules=[workspaces(), lambda r: refused(403)]))
    with database(settings) as db:
        found = db.conn.execute("SELECT month FROM month_revisions WHERE revision > ?", [int(before)])
        assert found.fetchall() == [("2026-03-01",)]


def called(name: object, organization: str = "org_1") -> Rule:
    """Answers what the organization is called, or refuses to with a status."""

    def rule(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != ME:
            return None
        if isinstance(name, int):
            return refused(name, "Not today.")
        return ok({"id": organization, "name": name, "type": "organization"})

    return rule


def organization_name(settings: Settings) -> str | None:
    with database(settings) as db:
        return get_connection(db, 1).organization_name


def test_every_sync_asks_once_what_the_organization_is_called(settings: Settings) -> None:
    connected(settings)
    for name in ("Acme", "Acme", "Acme Incorporated"):
        server = Anthropic(rules=[called(name)])
        assert sync(settings, server).outcome == "ok"
        assert (organization_name(settings), server.paths().count(ME)) == (name, 1)


@pytest.mark.parametrize("answer", [400, 401, 403, 404, 429, 500, 529, "", " ", None, 7.5])
def test_a_name_that_is_not_told_fails_nothing_and_stays(settings: Settings, answer: object) -> None:
    connected(settings)
    sync(settings, Anthropic(rules=[called("Acme")]))
    run = sync(settings, Anthropic(rules=[called(answer)]))
    assert (run.outcome, organization_name(settings)) == ("ok", "Acme")


def test_another_organizations_name_is_not_taken(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic(rules=[called("Acme")]))
    sync(settings, Anthropic(rules=[called("Other", "org_2")]))
    assert organization_name(settings) == "Acme"


def test_a_service_whose_lists_fail_is_not_asked_for_the_name(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(rules=[lambda request: refused(500, "Down") if request.url.path in LISTS else None])
    sync(settings, server)
    assert ME not in server.paths()


def test_claude_ai_is_not_asked_for_its_name(settings: Settings) -> None:
    connected(settings, origin=Origin.CLAUDE_AI)
    server = Anthropic()
    assert sync(settings, server).outcome == "ok"
    assert ME not in server.paths()
