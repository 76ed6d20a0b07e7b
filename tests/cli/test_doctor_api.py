"""What ``doctor --api`` sees of services that are as assumed, and of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import operations
from core.cli import codes, doctor_api, main
from core.cli.doctor_api import Report
from core.demo.behaviour import Behaviour
from core.demo.company import Workspace
from core.demo.service import Simulator
from core.probe.asking import MOST_REQUESTS
from core.probe.bodies import Row
from core.probe.walk import Walk
from core.settings import Settings
from core.store.connections import Connection
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.organizations import NOW, clock, connected
from tests.support.server import AnthropicServer, Fault, serve

NINTH, EIGHTH = frozenset({date(2026, 11, 9)}), frozenset({date(2026, 11, 8)})
Named = dict[str, Connection]


def _at_once(_: float) -> None:
    """Sleep that is over."""


World = tuple[Settings, Simulator, AnthropicServer, Named]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with connected(tmp_path_factory.mktemp("probed") / "data") as (settings, simulator, server):
        yield settings, simulator, server, {c.name: c for c in operations.connections(settings)}


@contextmanager
def behaving(world: World, **fields: Any) -> Iterator[AnthropicServer]:
    _, simulator, server, _ = world
    simulator.behaviour = Behaviour(**fields)
    server.log.clear()
    try:
        yield server
    finally:
        simulator.behaviour = Behaviour()
        server.faults.clear()


def walked(world: World, name: str = "Main", **fields: Any) -> Walk:
    settings, _, _, named = world
    with behaving(world, **fields):
        return operations.walk_service(settings, named[name], clock, _at_once)


def rows(walk: Walk) -> dict[str, Row]:
    assert len({row.name for row in walk.rows}) == len(walk.rows)
    return {row.name: row for row in walk.rows}


def said(world: World, what: str, name: str = "Main", **fields: Any) -> tuple[str, str, bool]:
    row = rows(walked(world, name, **fields))[what]
    return row.seen.verdict.value, row.seen.words, row.matters


# As assumed


@pytest.mark.parametrize("name", ["Main", "Staff"])
def test_a_service_that_is_as_assumed(world: World, name: str) -> None:
    walk = walked(world, name)
    odd = {row.name for row in walk.rows if row.seen.verdict.value == "differs"}
    assert odd == set() and not walk.off and doctor_api.exit_code([walk]) == codes.DONE
    assert len(walk.rows) > 40


@pytest.mark.parametrize(("name", "most"), [("Main", 60), ("Staff", 60)])
def test_it_reads_only_and_within_bounds(world: World, name: str, most: int) -> None:
    settings, _, _, named = world
    with behaving(world) as server:
        walk = operations.walk_service(settings, named[name], clock, _at_once)
        log = server.requests()
    assert 30 < len(log) == walk.requests <= most
    assert {entry.method for entry in log} == {"GET"}


def test_requests_stay_bounded_where_everything_fails_at_first(world: World) -> None:
    settings, _, server, named = world
    with behaving(world):
        server.faults.append(Fault(status=503, times=None))
        walk = operations.walk_service(settings, named["Main"], clock, _at_once)
        assert len(server.log) == walk.requests == MOST_REQUESTS == 75
    assert {row.seen.verdict.value for row in walk.rows if row.name != "refusals"} == {"unknown"}
    assert any("not asked" in row.seen.words for row in walk.rows)


# Where the Platform differs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "what", "verdict", "words"),
    [
        ({"most_groups": 3}, "usage: dimensions a question", "differs", "3, named by the refusal"),
        ({"most_groups": None}, "usage: dimensions a question", "differs", "9 (all of them)"),
        (
            {"most_groups": 2, "most_groups_message": "Too many dimensions."},
            "usage: dimensions a question",
            "differs",
            "2, found by trying; the refusal names none",
        ),
        ({"most_limit": 7}, "usage: days a page", "differs", "7; more is refused"),
        ({"most_limit": 7}, "bill: days a page", "differs", "7; more is refused"),
        ({"most_buckets": 1, "too_much_status": 413}, "usage: days a page", "differs", "1; more is refused"),
        ({"late_cost_days": 2}, "bill: finished days late", "ok", "2 finished days are missing"),
        ({"late_cost_days": 5}, "bill: finished days late", "differs", "5 finished days are missing"),
        ({"missing_cost_days": NINTH}, "bill: days in between", "differs", "1 days missing in between"),
        ({"missing_usage_days": NINTH | EIGHTH}, "usage: days in between", "differs", "2 days missing"),
        ({"platform_reach_days": 100}, "usage: days back", "differs", "91 days; 136 are refused or empty"),
        ({"platform_reach_days": 100}, "bill: days back", "differs", "91 days; 136 are refused or empty"),
        ({"flex_billed_as": "batch"}, "bill: tiers it has no word for", "ok", "flex as batch"),
        ({"flex_billed_as": None}, "bill: tiers it has no word for", "ok", "flex as (empty)"),
        ({"bill_geo": "none"}, "words: inference_geo", "differs", "bill: (empty)"),
        ({"bill_context_window": False}, "words: context_window", "differs", "bill: (empty)"),
        ({"bill_speed": False}, "words: speed", "differs", "usage: fast, standard / bill: (empty)"),
        ({"lists_say_has_more": False}, "lists: has_more", "differs", "left out"),
        ({"reports_say_has_more": False}, "reports: has_more", "differs", "left out"),
        ({"null_tags": True}, "workspaces: fields", "differs", "null: tags"),
        ({"unknown_fields": True}, "usage: fields", "differs", "new: field_of_tomorrow"),
        ({"zero_amounts": True}, "bill: amounts", "differs", "rows with an exponent"),
        ({"include_default_known": False}, "workspaces: include_default", "not granted", "refused with 400"),
        ({"versions": frozenset({"2023-06-01"})}, "version 2026-10-21", "not granted", "refused with 400"),
        ({"days_in_euro": NINTH}, "bill: amounts", "differs", "1 rows in another currency"),
    ],
)  # fmt: skip
def test_what_differs_is_said(
    world: World, fields: dict[str, Any], what: str, verdict: str, words: str
) -> None:
    found, seen, _ = said(world, what, **fields)
    assert found == verdict and words in seen


def test_rows_that_cannot_be_counted_matter(world: World) -> None:
    walk = walked(world, days_without_amount=NINTH)
    assert rows(walk)["bill: amounts"].seen.words == "1 rows without an amount"
    assert [row.name for row in walk.off] == ["bill: amounts"]
    assert doctor_api.exit_code([walk]) == codes.PARTLY


def test_reports_that_are_refused_altogether(world: World) -> None:
    walk = walked(world, refused_with="organization_on_hold")
    found = rows(walk)
    assert found["cost_report"].seen.verdict.value == "not granted"
    assert found["cost_report"].seen.words == "refused with 403 (organization_on_hold)"
    assert {"cost_report", "usage_report/messages"} <= {row.name for row in walk.off}
    assert found["users"].seen.words == "granted"


@pytest.mark.slow
def test_refusals_with_and_without_a_code(world: World) -> None:
    with_codes = said(world, "refusals", refused_with="organization_on_hold")[1]
    without = said(world, "refusals", refused_with="organization_on_hold", error_codes=False)[1]
    assert with_codes.split()[0] != "0" and without.split()[0] == "0"


@pytest.mark.slow
def test_fast_mode_that_is_not_granted(tmp_path: Path) -> None:
    organization = platform_organization("plain", fast_mode_header=False)
    with serve(Simulator([organization], clock)) as server:
        settings = Settings(tmp_path, base_url=server.url)
        operations.connect(settings, name="Plain", key=organization.key, since=date(2026, 11, 1), clock=clock)
        (connection,) = operations.connections(settings)
        found = rows(operations.walk_service(settings, connection, clock, _at_once))
    assert found["usage by speed"].seen.verdict.value == "not granted"
    assert found["filter speeds[]"].seen.words == "not tried: the dimension is refused"
    assert found["usage by model"].seen.verdict.value == "ok"


def less(field: str, when: str | None = None) -> Any:
    """Changes an answer: one token less in its first row that has any."""

    def change(body: Any) -> Any:
        for bucket in body["data"]:
            for row in bucket["results"]:
                if row[field]:
                    return row.update({field: row[field] - 1}) or body
        return body

    return change


def test_parts_that_do_not_add_up(world: World) -> None:
    settings, _, server, named = world
    with behaving(world):
        server.faults.append(
            Fault(
                query={"group_by[]": "model"},
                when=lambda r: len(r.params) == 5,
                times=None,
                change=less("output_tokens"),
            )
        )
        found = rows(operations.walk_service(settings, named["Main"], clock, _at_once))
    row = found["usage by model"]
    assert (row.seen.verdict.value, row.matters) == ("differs", True)
    assert row.seen.words == "adds up not to the total: output_tokens"
    assert found["usage by speed"].seen.verdict.value == "ok"


def test_a_filter_that_is_ignored(world: World) -> None:
    settings, _, server, named = world
    with behaving(world):
        # As a server would that does not know the parameter: it answers for all tiers.
        def all_tiers(body: Any) -> Any:
            rows = [row for bucket in body["data"] for row in bucket["results"]]
            rows[0]["output_tokens"] += 12_345
            return body

        server.faults.append(Fault(query={"service_tiers[]": "batch"}, times=None, change=all_tiers))
        found = rows(operations.walk_service(settings, named["Main"], clock, _at_once))
    assert found["filter service_tiers[]"].seen.words == "not the rows of its values: output_tokens"
    assert found["filter service_tiers[]"].matters


@pytest.mark.slow
@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": [1, "x", {"results": 3}]}, {"data": {"a": 1}}])
def test_answers_of_any_form_are_rows_and_no_traceback(world: World, body: dict[str, Any]) -> None:
    settings, _, server, named = world
    for name in ("Main", "Staff"):
        with behaving(world):
            server.faults.append(Fault(status=200, body=body, times=None))
            walk = operations.walk_service(settings, named[name], clock, _at_once)
        assert len(walk.rows) == len(walked(world, name).rows)


# Where claude.ai differs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "what", "verdict", "words"),
    [
        ({"null_watermark": True}, "cost: data_refreshed_at", "differs", "null: nothing is covered"),
        ({"claude_ai_most_groups": 5}, "cost: dimensions a question", "differs", "5, named by the refusal"),
        ({"most_limit": 7}, "cost: days a page", "differs", "7; more is refused"),
        ({"null_server_tool_use": True}, "usage by user: fields", "differs", "null: server_tool_use"),
        ({"unknown_fields": True}, "cost by user: fields", "differs", "new: field_of_tomorrow"),
        ({"bucket_lag": timedelta(days=3)}, "cost: data_refreshed_at", "differs", "hours before midnight"),
        ({"bucket_lag": timedelta(hours=8)}, "refreshed by user and in total", "ok", "at different times"),
        ({"zero_amounts": True}, "cost: amounts", "differs", "1 rows with an exponent"),
        ({"reports_say_has_more": False}, "reports: has_more", "differs", "left out"),
    ],
)  # fmt: skip
def test_what_differs_on_claude_ai_is_said(
    world: World, fields: dict[str, Any], what: str, verdict: str, words: str
) -> None:
    found, seen, _ = said(world, what, "Staff", **fields)
    assert found == verdict and words in seen


def test_a_watermark_of_null_matters(world: World) -> None:
    assert "cost: data_refreshed_at" in {row.name for row in walked(world, "Staff", null_watermark=True).off}


# Keys


def test_a_refused_key_ends_the_walk_with_a_sentence(world: World) -> None:
    settings, _, server, named = world
    with behaving(world):
        server.faults.append(Fault(status=401, times=None))
        walk = operations.walk_service(settings, named["Main"], clock, _at_once)
        assert len(server.log) == 1
    shown = doctor_api.table(walk)
    assert "does not accept this API key" in shown and "Ended early: the key was refused." in shown
    assert doctor_api.exit_code([walk]) == codes.WRONG


def test_no_answer_ends_the_walk(world: World) -> None:
    settings, _, _, named = world
    away = replace(settings, base_url="http://127.0.0.1:9")
    walk = operations.walk_service(away, named["Main"], clock, _at_once)
    assert "no answer came" in doctor_api.table(walk) and doctor_api.exit_code([walk]) == codes.PARTLY


# What is printed and shared

EMAIL = "aurelia.quint@secret.example"
PLANTED = ("Aurelia Quint", EMAIL, "Project Nightjar", "Nightjar", "Zephyr Holding", "41239.77", "41,239")


def planted() -> tuple[Simulator, dict[str, str]]:
    platform = platform_organization("Zephyr Holding", users=2, api_keys=3)
    people = (replace(platform.people[0], name="Aurelia Quint", email=EMAIL),)
    loads = tuple(load for load in platform.loads if load.account_id in (None, people[0].id))
    places = (Workspace(platform.workspaces[0].id, "Project Nightjar", tags={"team": "Nightjar"}),)
    keys = tuple(replace(key, name="Project Nightjar") for key in platform.api_keys)
    platform = replace(platform, people=people, loads=loads, workspaces=places, api_keys=keys)
    staff = claude_ai_organization("Zephyr Staff", users=2)
    staff = replace(
        staff,
        people=tuple(
            replace(person, name=f"Aurelia Quint {n}", email=f"aurelia.quint{n}@secret.example")
            for n, person in enumerate(staff.people)
        ),
    )
    return Simulator([platform, staff], clock), {
        "Zephyr Holding": platform.key,
        "Zephyr Staff": staff.key,
    }


def private_of(bodies: list[Any]) -> set[str]:
    """Every text and number of answers that is no word of the API's, found without the code under test."""
    words = {"model", "service_tier", "inference_geo", "context_window", "speed", "type", "cost_type"}
    words |= {
        "token_type",
        "currency",
        "starting_at",
        "ending_at",
        "data_refreshed_at",
        "status",
        "role",
        "product",
    }
    words |= {"workspace_geo", "default_inference_geo", "allowed_inference_geos", "display_color"}

    def walk(value: Any, name: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from walk(item, key)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item, name)
        elif isinstance(value, str) and name not in words:
            yield value
        elif isinstance(value, int) and not isinstance(value, bool) and value > 9999:
            yield str(value)

    return {text for body in bodies for text in walk(body, "") if len(text) > 3}


@pytest.mark.slow
def test_the_report_names_nothing_that_was_planted(tmp_path: Path) -> None:
    simulator, keys = planted()
    with serve(simulator) as server:
        settings = Settings(tmp_path, base_url=server.url)
        for name, key in keys.items():
            operations.connect(settings, name=name, key=key, since=date(2026, 11, 1), clock=clock)
        tells = (
            f"Workspace Project Nightjar (wrkspc_01abc9def) of Zephyr Holding was refused for {EMAIL}: "
            f"spent $41,239.77 or 41239.770000 of 5000000, asked by 'Aurelia Quint' with "
            f"{keys['Zephyr Holding']}"
        )
        refusing = {"/v1/organizations/rate_limits", "/v1/organizations/spend_limits"}
        server.faults.extend(Fault(path=path, status=403, message=tells, times=None) for path in refusing)
        walks = [
            operations.walk_service(settings, c, clock, _at_once) for c in operations.connections(settings)
        ]
    report = Report(walks, settings, NOW.date()).text()
    assert "refused with 403" in report and "was refused for" in report  # what was said is told
    bodies = [body for walk in walks for body in walk.bodies]
    private = private_of(bodies)
    assert len(private) > 100
    found = {text for text in {*PLANTED, *keys.values(), *private} if text.lower() in report.lower()}
    assert found == {"Default"}  # of include_default, which this program asks with
    assert report.isascii() and max(map(len, report.splitlines())) <= 100


@pytest.mark.slow
def test_the_command(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, _, _, _ = world
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", settings.base_url)
    monkeypatch.setattr("core.cli.commands.utc_now", clock)
    report = tmp_path / "report.txt"
    with behaving(world):
        assert main(["doctor", "--api", "--connection", "main", "--report", str(report)]) == codes.DONE
        shown = capsys.readouterr().out
        assert shown.startswith("Main, Claude Platform: ") and max(map(len, shown.splitlines())) <= 100
        assert "Main" not in report.read_text() and "2023-06-01" in report.read_text()
        assert main(["doctor", "--api", "--connection", "Staff", "--json"]) == codes.DONE
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {line["connection"] for line in lines} == {"Staff"}
        assert {"what", "assumed", "seen", "verdict", "matters"} <= set(lines[0])
    with behaving(world, days_without_amount=NINTH):
        assert main(["doctor", "--api", "--connection", "Main"]) == codes.PARTLY
        assert "differs !" in capsys.readouterr().out
    assert main(["doctor", "--connection", "Main"]) == codes.WRONG
    assert main(["doctor", "--api", "--connection", "Nobody"]) == codes.WRONG
    assert main(["doctor", "--api", "--connection", "Main", "--report", str(tmp_path)]) == codes.WRONG
