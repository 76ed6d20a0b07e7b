"""Authentication, routing, directory lists."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.demo.company import ApiKey, Organization, Person, Workspace
from core.demo.service import Request, Simulator
from tests.demo.asking import (
    CLAUDE_AI_COST,
    PLATFORM_COST,
    PLATFORM_USAGE,
    USER_COST,
    ask,
    days,
    refused,
    send,
    simulate,
)
from tests.support.custom import claude_ai_organization, platform_organization

ACME = platform_organization("Acme", api_keys=45)
STAFF = claude_ai_organization("Staff")
DAY = date(2026, 9, 16)

ME = "/v1/organizations/me"
WORKSPACES = "/v1/organizations/workspaces"
API_KEYS = "/v1/organizations/api_keys"
USERS = "/v1/organizations/users"


def both() -> Simulator:
    return simulate(ACME, STAFF)


# Keys


def test_the_key_decides_the_organization() -> None:
    assert ask(both(), ACME, ME) == {"id": ACME.id, "name": "Acme", "type": "organization"}


@pytest.mark.parametrize(
    "key", ["sk-ant-admin01-revoked", "sk-ant-api03-inference", "\u00e4\u00f6", ACME.key[:-1]]
)
def test_a_wrong_key_is_401(key: str) -> None:
    assert refused(both(), key, ME) == (401, "authentication_error", "invalid x-api-key")


def test_no_key_is_401() -> None:
    answer = both().handle(Request(ME, headers={"anthropic-version": "2023-06-01"}))
    assert answer.status == 401
    assert "anthropic-organization-id" not in answer.headers


@pytest.mark.parametrize("path", [ME, WORKSPACES, API_KEYS, USERS, PLATFORM_USAGE, PLATFORM_COST])
def test_an_analytics_key_opens_nothing_of_the_platform(path: str) -> None:
    status, kind, text = refused(both(), STAFF, path, days(DAY))
    assert (status, kind) == (403, "permission_error")
    assert "[read:analytics]" in text and "[org:admin]" in text


@pytest.mark.parametrize("path", [USER_COST, CLAUDE_AI_COST])
def test_an_admin_key_opens_nothing_of_claude_ai(path: str) -> None:
    status, _, text = refused(both(), ACME, path, days(DAY))
    assert status == 403 and "[read:analytics]" in text


def test_an_analytics_key_needs_the_scope() -> None:
    narrow = replace(STAFF, scopes=("read:members", "read:spend_limits"))
    status, _, text = refused(simulate(narrow), narrow, USER_COST, days(DAY))
    assert status == 403
    assert "[read:members, read:spend_limits]" in text and "[read:analytics]" in text


# Headers and routes


def test_every_answer_has_its_own_request_id() -> None:
    simulator = both()
    answers = [send(simulator, ACME, ME), send(simulator, "wrong", ME), send(simulator, ACME, "/nowhere")]
    ids = [answer.headers["request-id"] for answer in answers]
    assert len(set(ids)) == 3 and all(item.startswith("req_") for item in ids)
    assert answers[0].headers["anthropic-organization-id"] == ACME.id


def test_the_version_header_is_required() -> None:
    status, _, text = refused(both(), ACME, ME, headers={"anthropic-version": ""})
    assert status == 400 and "anthropic-version" in text


@pytest.mark.parametrize(
    "path", ["/", "/v1/messages", "/v1/organizations/me/", "/v1/organizations/analytics/x"]
)
def test_what_is_not_there_is_404(path: str) -> None:
    assert refused(both(), ACME, path)[:2] == (404, "not_found_error")


def test_nothing_can_be_written() -> None:
    headers = {"x-api-key": ACME.key, "anthropic-version": "2023-06-01"}
    assert both().handle(Request(ME, headers=headers, method="POST")).status == 405


def test_parameters_nobody_knows_are_refused() -> None:
    assert refused(both(), ACME, ME, [("limit", "3")])[0] == 400
    assert refused(both(), ACME, USERS, [("include_archived", "true")])[0] == 400


# Lists


def listed(
    simulator: Simulator, organization: Organization, path: str, limit: str | None = None
) -> list[Any]:
    found: list[Any] = []
    after: list[tuple[str, str]] = [("limit", limit)] if limit else []
    page = ask(simulator, organization, path, after)
    found += page["data"]
    while page["has_more"]:
        page = ask(simulator, organization, path, [*after, ("after_id", page["last_id"])])
        found += page["data"]
    return found


@pytest.mark.parametrize("limit", ["1", "7", "45", "1000", None])
def test_a_list_is_the_same_however_it_is_cut(limit: str | None) -> None:
    assert [item["id"] for item in listed(both(), ACME, API_KEYS, limit)] == [key.id for key in ACME.api_keys]


def test_a_page_of_a_list() -> None:
    page = ask(both(), ACME, API_KEYS)
    assert len(page["data"]) == 20 and page["has_more"] is True
    assert (page["first_id"], page["last_id"]) == (page["data"][0]["id"], page["data"][-1]["id"])


@pytest.mark.parametrize(("limit", "more"), [("44", True), ("45", False), ("46", False)])
def test_a_list_that_just_fits_has_no_more(limit: str, more: bool) -> None:
    assert ask(both(), ACME, API_KEYS, [("limit", limit)])["has_more"] is more


@pytest.mark.parametrize("params", [[("limit", "1001")], [("limit", "0")], [("after_id", "apikey_unknown")]])
def test_wrong_parameters_of_a_list(params: list[tuple[str, str]]) -> None:
    assert refused(both(), ACME, API_KEYS, params)[:2] == (400, "invalid_request_error")


def test_an_empty_list_has_no_last_id() -> None:
    empty = platform_organization("Empty", users=0, api_keys=0, workspaces=0)
    page = ask(simulate(empty), empty, USERS)
    assert page == {"data": [], "first_id": None, "last_id": None, "has_more": False}


def test_archived_workspaces_come_only_where_asked_for() -> None:
    old = Workspace("wrkspc_old", "Old", archived_on=date(2026, 5, 1), tags={"team": "a"})
    organization = replace(ACME, workspaces=(*ACME.workspaces, old))
    simulator = simulate(organization)
    assert len(ask(simulator, organization, WORKSPACES)["data"]) == 2
    found = ask(simulator, organization, WORKSPACES, [("include_archived", "true")])["data"][-1]
    assert (found["archived_at"], found["tags"]) == ("2026-05-01T00:00:00Z", {"team": "a"})
    earlier = simulate(organization, now=datetime(2026, 4, 30, tzinfo=UTC))
    assert ask(earlier, organization, WORKSPACES)["data"][-1]["archived_at"] is None


def test_the_default_workspace_comes_only_where_asked_for() -> None:
    simulator = both()
    (default, *others) = ask(simulator, ACME, WORKSPACES, [("include_default", "true")])["data"]
    assert default["name"] == "Default" and default["id"].startswith("wrkspc_")
    assert (default["archived_at"], default["tags"]) == (None, {})
    assert set(default) == set(others[0])
    for params in ([], [("include_default", "false")]):
        assert ask(simulator, ACME, WORKSPACES, params)["data"] == others
    assert default["id"] not in [place.id for place in ACME.workspaces]


def test_the_default_workspace_is_listed_page_by_page() -> None:
    found, after = [], []
    for _ in range(3):
        page = ask(both(), ACME, WORKSPACES, [("include_default", "true"), ("limit", "1"), *after])
        found += page["data"]
        after = [("after_id", page["last_id"])]
    assert [item["name"] for item in found] == ["Default", *(place.name for place in ACME.workspaces)]
    assert page["has_more"] is False


def test_workspaces_by_their_ids() -> None:
    simulator, (first, second) = both(), ACME.workspaces
    everything = ask(simulator, ACME, WORKSPACES, [("include_default", "true")])["data"]
    default = everything[0]["id"]

    def names(*ids: str, **more: str) -> list[str]:
        params = [*(("ids[]", item) for item in ids), *more.items()]
        return [item["name"] for item in ask(simulator, ACME, WORKSPACES, params)["data"]]

    assert names(second.id) == [second.name]
    assert names(second.id, first.id, "wrkspc_unknown") == [first.name, second.name]
    assert names(default) == [] and names(default, include_default="true") == ["Default"]
    assert names(*[first.id] * 100) == [first.name]
    assert refused(simulator, ACME, WORKSPACES, [("ids[]", first.id)] * 101)[0] == 400
    assert refused(simulator, ACME, WORKSPACES, [("ids", first.id)])[0] == 400


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (ME, "include_default"),
        (WORKSPACES, "include_archive"),
        (WORKSPACES, "page"),
        (API_KEYS, "include_default"),
        (API_KEYS, "ids[]"),
        (USERS, "group_by[]"),
        (USERS, "starting_at"),
    ],
)
def test_a_parameter_of_another_list_is_refused(path: str, name: str) -> None:
    message = f"{name}: Extra inputs are not permitted"
    assert refused(both(), ACME, path, [(name, "true")]) == (400, "invalid_request_error", message)


def test_yes_and_no_are_spelt_true_and_false() -> None:
    for name in ("include_default", "include_archived"):
        assert refused(both(), ACME, WORKSPACES, [(name, "1")])[0] == 400


def test_a_renamed_workspace_has_the_name_of_the_day() -> None:
    renamed = Workspace("wrkspc_r", "Before", renamed=(date(2026, 6, 1), "After"))
    organization = replace(ACME, workspaces=(renamed,))

    def name(now: datetime) -> str:
        return str(ask(simulate(organization, now=now), organization, WORKSPACES)["data"][0]["name"])

    assert name(datetime(2026, 5, 31, 23, tzinfo=UTC)) == "Before"
    assert name(datetime(2026, 6, 1, tzinfo=UTC)) == "After"


def test_a_keys_workspace_has_two_spellings() -> None:
    keys = (ApiKey("apikey_1", "one", "wrkspc_1"), ApiKey("apikey_2", "two"))
    older, newer = (replace(ACME, api_keys=keys, newer_spelling=flag) for flag in (False, True))
    old = ask(simulate(older), older, API_KEYS)["data"]
    new = ask(simulate(newer), newer, API_KEYS)["data"]
    assert [item["workspace_id"] for item in old] == ["wrkspc_1", None] and "scope" not in old[0]
    assert [item["scope"] for item in new] == [
        {"type": "workspace", "workspace_id": "wrkspc_1"},
        {"type": "workspace", "workspace_id": _default_id(newer)},
    ]
    assert "workspace_id" not in new[0]


def _default_id(organization: Organization) -> Any:
    (default,) = [
        item
        for item in ask(simulate(organization), organization, WORKSPACES, [("include_default", "true")])[
            "data"
        ]
        if item["name"] == "Default"
    ]
    return default["id"]


def test_people_who_were_deleted_are_not_listed() -> None:
    people = (Person("user_1", "a@a.example", "A"), Person("user_2", "b@b.example", "B", deleted_on=DAY))
    organization = replace(ACME, people=people)
    found = ask(simulate(organization), organization, USERS)["data"]
    assert [(item["id"], item["email"], item["role"]) for item in found] == [
        ("user_1", "a@a.example", "user")
    ]


def test_no_answer_holds_a_key() -> None:
    simulator = both()
    for path in (ME, WORKSPACES, API_KEYS, USERS, PLATFORM_USAGE, "/nowhere"):
        answer = send(simulator, ACME, path, [("limit", "5")] if path != ME else [])
        assert ACME.key not in answer.body.decode() + json.dumps(dict(answer.headers))
