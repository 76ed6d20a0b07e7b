"""The Agents page: its numbers against what agents did, its file, and what it says where nothing is told."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.demo.company import Organization
from core.demo.service import Simulator
from core.explore import agents
from core.explore.sheets import Column, sheet_bytes
from core.formats import usd_exact
from core.ledger.snapshot import Snapshot
from core.money import usd_label
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection
from core.ui.agents import agent_files, agent_usage
from core.ui.agents.page import EXPLORER, AgentsPage
from core.ui.app import data, times
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import standard
from tests.explore.test_agents import FINISHED, MADE, STAFF, TAGS, copied, tagged, truth
from tests.ui.conftest import number, shown

Open = Callable[..., AppTest]
RANGE = {"from": [FINISHED.start.isoformat()], "to": [FINISHED.end.isoformat()]}


@pytest.fixture
def simulator(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    """The page's data folder holds what was synced of it."""
    return copied(tmp_path_factory, settings.data_dir)[1]


def test_its_numbers_are_what_the_agents_did(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", RANGE)
    assert not app.exception and not app.warning and not app.error
    cost, tokens = truth(simulator, "agent_id")
    found = {metric.label: metric.value for metric in app.metric}
    assert found["Cost"] == usd_label(sum(cost.values()))
    assert found["Sessions"] == str(3 * FINISHED.days)
    assert list(found) == ["Cost", "List cost", "Tokens", "Sessions", "Requests"]
    table = app.dataframe[0].value
    assert list(table["Agent"]) == [*(name or "No agent" for name, _ in cost.most_common()), "Total"]
    agrees(table, cost, "Agent", "No agent")
    assert list(map(number, table["Tokens"])) == [
        *(tokens[name] for name, _ in cost.most_common()),
        tokens.total(),
    ]
    assert table["Sessions"].iloc[-1] == str(3 * FINISHED.days)
    assert f"<b>{usd_exact(cost.total())}</b>" in shown(app), "the exact total is said below"


def agrees(table: pd.DataFrame, cost: Counter[str | None], label: str, nameless: str = "") -> None:
    """Each cost to the cent, and as printed they add up to the total."""
    *rows, total = [round(float(number(text)) * 100) for text in table["Cost"]]
    assert sum(rows) == total == round(cost.total() / 10**6)
    for name, cents in zip(table[label], rows, strict=False):
        assert abs(cents - cost[None if name == nameless else name] / 10**6) <= 1


def test_the_ledgers_cost_of_the_same_product_stands_beside(open_page: Open, simulator: Simulator) -> None:
    said = shown(open_page("agents", RANGE))
    total = usd_exact(sum(truth(simulator, "agent_id")[0].values()))
    assert f"the ledger has {total} for the products cowork, managed_agents_api, as this report has." in said
    assert "never add the two" in said and "Of the 13 days" in said


@pytest.mark.parametrize(
    ("group", "label"),
    [
        ("session_id", "Session"),
        ("environment_id", "Environment"),
        ("deployment_id", "Deployment"),
        ("model", "Model"),
    ],
)
def test_it_compares_by_what_is_chosen(open_page: Open, simulator: Simulator, group: str, label: str) -> None:
    app = open_page("agents", RANGE)
    app.selectbox(key="w.agents_by").select(group).run()
    assert not app.exception
    cost, _ = truth(simulator, group)
    agrees(app.dataframe[0].value, cost, label, NAMELESS[group])
    assert len(app.dataframe[0].value) == len(cost) + 1
    assert f"Cost by {label.lower()}" in shown(app)
    assert app.query_params["agents_by"] == group
    again = open_page("agents", {**RANGE, "agents_by": [group]})
    assert again.selectbox(key="w.agents_by").value == group
    assert list(again.dataframe[0].value["Cost"]) == list(app.dataframe[0].value["Cost"])


LABELS = {
    "user_profile_id": "User profile",
    "slack_channel_id": "Slack channel",
    "claude_tag_category": "Claude Tag category",
}
NAMELESS = {
    "session_id": "No session",
    "environment_id": "No environment",
    "deployment_id": "No deployment",
    "model": "No model (session time)",
    "user_profile_id": "No user profile",
    "slack_channel_id": "No Slack channel",
    "claude_tag_category": "No category",
}


@pytest.mark.parametrize("group", TAGS)
def test_tags_stand_with_all_of_their_product(open_page: Open, simulator: Simulator, group: str) -> None:
    app = open_page("agents", {**RANGE, "agents_by": [group]})
    assert not app.exception and not app.warning and not app.error
    cost, tokens = tagged(simulator, group)
    numbers = {metric.label: metric.value for metric in app.metric}
    assert list(numbers) == ["Cost", "List cost", "Tokens", "Requests"]
    assert numbers["Cost"] == usd_label(cost.total())
    table = app.dataframe[0].value
    agrees(table, cost, LABELS[group], NAMELESS[group])
    assert list(map(number, table["Tokens"]))[-1] == tokens.total() and "Sessions" not in table
    said = shown(app)
    assert f"Cost by {LABELS[group].replace('User', 'user')}" in said
    assert all(f"{text}<" in said or text == table["Cost"].iloc[-1] for text in table["Cost"]), "the legend"
    assert "Of the 13 days" in said, "whatever the number of connections"
    product = TAGS[group][1].replace("_tag", "-tag")
    assert f"the ledger has {usd_exact(cost.total())} for the product {product}, as this report has." in said


def test_filters_on_product_count_for_tags(open_page: Open, simulator: Simulator) -> None:
    asked = {**RANGE, "agents_by": ["slack_channel_id"], "in.cost_center": [STAFF.name]}
    cost, _ = tagged(simulator, "slack_channel_id")
    app = open_page("agents", {**asked, "in.product": ["claude-tag"]})
    assert {metric.label: metric.value for metric in app.metric}["Cost"] == usd_label(cost.total())
    assert not app.warning
    said = shown(open_page("agents", {**asked, "in.product": ["chat"]}))
    assert "Nothing passes the filters" in said


def test_an_organization_without_tags_has_none(open_page: Open, simulator: Simulator) -> None:
    asked = {**RANGE, "agents_by": ["user_profile_id"], "in.cost_center": [STAFF.name]}
    app = open_page("agents", asked)
    assert not app.metric and not app.exception
    assert "No use of user profiles fits. Remove a filter." in shown(app)


def test_what_the_link_compares_by_and_there_is_not_is_said(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {**RANGE, "agents_by": ["flavour"]})
    assert "'flavour', which is not one of the choices" in app.info[0].value.replace("\\", "")
    assert app.selectbox(key="w.agents_by").value == "agent_id" and app.metric


def test_the_files_have_every_row_with_exact_amounts(settings: Settings, simulator: Simulator) -> None:
    ledger = data.ledger()
    page = page_of(ledger, "agent_id")
    lines = rows_of(agent_files.day_columns(page))
    cost, tokens = truth(simulator, "agent_id")
    assert sum(Decimal(row["cost_usd"]) for row in lines) == Decimal(sum(cost.values())) / 10**8
    assert sum(int(row["tokens"] or 0) for row in lines) == sum(tokens.values())
    assert {row["day"] for row in lines} == {day.isoformat() for day in FINISHED}
    assert {(row["cost_center"], row["product"]) for row in lines} == {
        (MADE.name, "managed_agents_api"),
        (STAFF.name, "cowork"),
    }
    shown_rows = rows_of(agent_files.table_columns(page))
    assert {row["agent_id"]: Decimal(row["cost_usd"]) * 10**8 for row in shown_rows} == {
        agent or "No agent": amount for agent, amount in cost.items()
    }


def page_of(ledger: Snapshot, group: str) -> AgentsPage:
    return AgentsPage(_answer(ledger, FINISHED), group, agent_usage.told_of(ledger, FINISHED, group))


def rows_of(columns: list[Column]) -> list[dict[str, str]]:
    """The file, as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(sheet_bytes(columns).decode("utf-8-sig"))))


@pytest.mark.parametrize("group", TAGS)
@pytest.mark.slow
def test_the_files_of_tags_have_every_row_of_their_product(
    settings: Settings, simulator: Simulator, group: str
) -> None:
    page = page_of(data.ledger(), group)
    lines = rows_of(agent_files.day_columns(page))
    cost, tokens = tagged(simulator, group)
    by_value: Counter[str | None] = Counter()
    for row in lines:
        by_value[row[group] or None] += int(Decimal(row["cost_usd"] or 0) * 10**8)
    assert by_value == cost and sum(int(row["tokens"] or 0) for row in lines) == tokens.total()
    assert list(lines[0])[:7] == [
        *("day", "cost_center", "product", "user_profile_id", "slack_channel_id"),
        *("claude_tag_category", "model"),
    ]
    table = rows_of(agent_files.table_columns(page))
    assert {row[group]: int(Decimal(row["cost_usd"]) * 10**8) for row in table} == {
        value or agents.NAMELESS[group]: amount for value, amount in cost.items()
    }


def test_the_menu_offers_both_files_in_three_forms(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", RANGE)
    said = shown(app)
    assert "This table" in said and "By day, one row for each combination" in said
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels == ["CSV", "Excel", "Parquet"] * 2


def _answer(ledger: Snapshot, period: Period) -> Answer:
    state = standard(EXPLORER, times.today())
    return Answer(EXPLORER, state.asking(replace(state.query, period=period)), ledger, times.today())


def test_days_before_history_are_unknown_and_not_zero(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {"from": ["2026-10-01"], "to": ["2026-10-05"]})
    assert not app.exception and not app.metric
    assert "$0.00" not in shown(app)


def test_organizations_without_the_newest_reports_say_so(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    app = open_page("agents")
    said = shown(app)
    assert "Agents are not told apart here" in said and not app.metric
    assert "not served to every organization" in said


def test_filters_that_mean_nothing_here_are_named_and_left_out(open_page: Open, simulator: Simulator) -> None:
    said = shown(open_page("agents", {**RANGE, "in.user": ["a@example.com"], "not.workspace": ["x"]}))
    assert "Filters on User, Workspace mean nothing here" in said or "Filters on Workspace, User mean" in said
    assert usd_label(sum(truth(simulator, "agent_id")[0].values())) in said


@pytest.mark.parametrize("exclude", [False, True])
def test_a_filter_on_models_counts_here_too(open_page: Open, simulator: Simulator, exclude: bool) -> None:
    cost, _ = truth(simulator, "model", MADE)
    model = next(name for name, _ in cost.most_common() if name)
    app = open_page("agents", {**RANGE, f"{'not' if exclude else 'in'}.model": [model]})
    kept = cost[model] if not exclude else cost.total() - cost[model]
    assert {metric.label: metric.value for metric in app.metric}["Cost"] == usd_label(kept)
    assert not app.warning, "what the ledger has is narrowed alike"
    assert f"the ledger has {usd_exact(kept)}" in shown(app)
    assert f"Left out for the filter on Model: {STAFF.name}." in shown(app)


def test_session_time_has_no_model_and_can_be_kept_alone(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {**RANGE, "in.model": ["~none"]})
    cost, _ = truth(simulator, "model", MADE)
    assert {metric.label: metric.value for metric in app.metric}["Cost"] == usd_label(cost[None])


def test_a_filter_on_connections_keeps_theirs_and_what_none_passes_is_said(
    open_page: Open, simulator: Simulator
) -> None:
    app = open_page("agents", {**RANGE, "in.cost_center": [MADE.name]})
    assert {metric.label: metric.value for metric in app.metric}["Cost"] == usd_label(
        truth(simulator, "agent_id", MADE)[0].total()
    )
    said = shown(open_page("agents", {**RANGE, "in.model": ["nobody"]}))
    assert "Nothing passes the filters" in said


@pytest.mark.parametrize(
    ("asked", "of"),
    [
        ({"in.origin": ["claude.ai"]}, STAFF),
        ({"in.origin": ["Claude Platform"]}, MADE),
        ({"in.product": ["cowork"]}, STAFF),
        ({"not.product": ["cowork"]}, MADE),
    ],
)
def test_filters_on_origin_and_product_keep_their_agents(
    open_page: Open, simulator: Simulator, asked: dict[str, list[str]], of: Organization
) -> None:
    app = open_page("agents", {**RANGE, **asked})
    total = truth(simulator, "agent_id", of)[0].total()
    assert {metric.label: metric.value for metric in app.metric}["Cost"] == usd_label(total)
    assert not app.warning and "Left out" not in shown(app)
    assert f"the ledger has {usd_exact(total)} for the product" in shown(app)


def test_a_model_of_claude_ai_alone_is_told_of_no_agent(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {**RANGE, "in.origin": ["claude.ai"], "in.model": ["claude-opus-5"]})
    assert not app.metric and not app.exception
    assert "told by product, and not by model" in shown(app) and "Remove a filter" in shown(app)


def test_what_differs_from_the_ledger_is_said(
    open_page: Open, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = agents.beside

    def off(*asked: Any) -> agents.Beside:
        beside = real(*asked)
        return replace(beside, ledger=beside.ledger - 10**8)

    monkeypatch.setattr(agents, "beside", off)
    (warning,) = open_page("agents", RANGE).warning
    assert "differ by $1.00" in warning.value


def test_an_agents_days_end_today(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {"range": ["last_7"]})
    assert not app.exception and app.metric
