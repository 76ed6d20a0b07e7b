"""The Agents page: its numbers against what agents did, its file, and what it says where nothing is told."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.demo.service import Simulator
from core.explore.sheets import sheet_bytes
from core.formats import usd_exact
from core.ledger.snapshot import Snapshot
from core.money import usd_label
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection
from core.ui import agents as page
from core.ui.app import data, times
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import standard
from tests.explore.test_agents import FINISHED, MADE, synced, truth
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
RANGE = {"from": [FINISHED.start.isoformat()], "to": [FINISHED.end.isoformat()]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Simulator]:
    folder = tmp_path_factory.mktemp("made")
    return folder, synced(folder)[1]


@pytest.fixture
def simulator(settings: Settings, made: tuple[Path, Simulator]) -> Simulator:
    """The page's data folder holds what was synced of it."""
    shutil.copytree(made[0], settings.data_dir, dirs_exist_ok=True)
    return made[1]


def test_its_numbers_are_what_the_agents_did(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", RANGE)
    assert not app.exception and not app.warning and not app.error
    cost, tokens = truth(simulator, "agent_id")
    found = {metric.label: metric.value for metric in app.metric}
    assert found["Cost"] == usd_label(sum(cost.values()))
    assert found["Sessions"] == str(2 * FINISHED.days)
    assert list(found) == ["Cost", "List cost", "Tokens", "Sessions", "Requests"]
    table = app.dataframe[0].value
    assert list(table["Agent"]) == [name for name, _ in cost.most_common()]
    assert [round(value * 10**8) for value in table["Cost"]] == [value for _, value in cost.most_common()]
    assert list(table["Tokens"]) == [tokens[name] for name, _ in cost.most_common()]


def test_the_ledgers_cost_of_the_same_product_stands_beside(open_page: Open, simulator: Simulator) -> None:
    said = shown(open_page("agents", RANGE))
    total = usd_exact(sum(truth(simulator, "agent_id")[0].values()))
    assert f"the ledger has {total} for the product Managed Agents API, as this report has." in said
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
    table = app.dataframe[0].value
    cost, _ = truth(simulator, group)
    empty = {"deployment_id": "Started without a deployment", "model": "No model (session time)"}.get(group)
    expected = {empty if value is None else value: amount for value, amount in cost.items()}
    assert {row[label]: round(row["Cost"] * 10**8) for row in table.to_dict("records")} == expected
    assert f"Cost by {label.lower()}" in shown(app)


def test_the_file_has_every_row_with_exact_amounts(settings: Settings, simulator: Simulator) -> None:
    ledger = data.ledger()
    facts, known, beside = data.agents_of(ledger, FINISHED)
    found = page.AgentsPage(_answer(ledger, FINISHED), "agent_id", facts, known, beside)
    lines = list(csv.DictReader(io.StringIO(sheet_bytes(page.file_of(found)).decode("utf-8-sig"))))
    cost, tokens = truth(simulator, "agent_id")
    assert sum(Decimal(row["cost_usd"]) for row in lines) == Decimal(sum(cost.values())) / 10**8
    assert sum(int(row["tokens"] or 0) for row in lines) == sum(tokens.values())
    assert {row["day"] for row in lines} == {day.isoformat() for day in FINISHED}
    assert {row["cost_center"] for row in lines} == {MADE.name}
    assert page.file_name(found) == "token-ledger_agents_2026-11-10_2026-11-22.csv"


def _answer(ledger: Snapshot, period: Period) -> Answer:
    view = standard(page.AGENTS, times.today())
    view = view.asking(replace(view.query, period=period))
    return Answer(page.AGENTS, view, ledger, times.today())


def test_days_before_history_are_unknown_and_not_zero(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {"from": ["2026-10-01"], "to": ["2026-10-05"]})
    assert not app.exception and not app.metric
    assert "$0.00" not in shown(app)


def test_organizations_without_the_newest_reports_say_so(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    app = open_page("agents")
    said = shown(app)
    assert "Managed agents are not told apart here" in said and not app.metric
    assert "not served to every organization" in said


def test_filters_of_other_pages_mean_nothing_here(open_page: Open, simulator: Simulator) -> None:
    said = shown(open_page("agents", {**RANGE, "in.model": ["claude-opus-5"]}))
    assert "Filters of other pages mean nothing here" in said
    assert usd_label(sum(truth(simulator, "agent_id")[0].values())) in said


def test_what_differs_from_the_ledger_is_said(
    open_page: Open, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = data.agents_of

    def off(ledger: object, period: Period) -> object:
        facts, known, beside = real(ledger, period)  # type: ignore[arg-type]
        return facts, known, type(beside)(beside.agents, beside.ledger - 10**8, beside.days)

    monkeypatch.setattr(data, "agents_of", off)
    (warning,) = open_page("agents", RANGE).warning
    assert "differ by $1.00" in warning.value


def test_an_agents_days_end_today(open_page: Open, simulator: Simulator) -> None:
    app = open_page("agents", {"range": ["last_7"]})
    assert not app.exception and app.metric
