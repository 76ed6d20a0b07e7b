"""What carries the change, and the pivot: in every state, and in agreement with the number above."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.explore import engine
from core.explore.query import Query
from core.ledger.snapshot import open_ledger
from core.periods import Period
from core.settings import Settings
from core.ui.app import explorer_state
from core.ui.explorer.pivot_card import MOST_COLUMNS
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
TODAY = books.NOW.date()
CHANGE = {"measure": ["cost"], "by": ["model"], "show": ["change"]}
PIVOT = {"measure": ["cost"], "by": ["workspace"], "show": ["pivot"]}


def _grid(app: AppTest) -> list[list[tuple[str, str]]]:
    """Cells of the one table that is HTML: what is read, and what is said on hover."""
    (body,) = [e.proto.body for e in app.get("html") if '<table class="tl-grid' in e.proto.body]
    rows = re.findall(r"<tr>(.*?)</tr>", re.sub("</?(bdi|span)[^>]*>", "", body))
    return [[(text, title) for title, text in re.findall(r'title="(.*?)">(.*?)</t', row)] for row in rows]


def _fine(app: AppTest) -> AppTest:
    assert not app.exception and not app.error
    return app


def _usd(text: str) -> int:
    """Micro-cents of an exact amount."""
    whole, _, fraction = text.replace("$", "").replace(",", "").replace("−", "-").partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 10**8 + sign * int(fraction.ljust(8, "0"))


@pytest.mark.parametrize("group_by", [["model"], ["workspace"], ["user"], ["model", "product"], []])
def test_the_effects_add_up_to_each_change_and_to_the_change(
    open_page: Open, settings: Settings, full_books: None, group_by: list[str]
) -> None:
    app = _fine(open_page("cost", {**CHANGE, "by": group_by, "top": ["3"]}))
    head, *rows = _grid(app)
    assert [text for text, _ in head][1:] == [
        "Before", "Now", "Change", "Price", "Volume", "Mix", "Not for tokens",
    ]  # fmt: skip
    amounts = [[_usd(title) for _, title in row[1:]] for row in rows]
    for before, now, change, *effects in amounts:
        assert now - before == change == sum(effects)
    *parts, whole = amounts
    if group_by:
        assert [sum(column) for column in zip(*parts, strict=True)] == whole
    ledger, complete = open_ledger(settings), Period(date(2026, 10, 25), TODAY)
    periods = (complete.shifted(-35), complete)
    assert whole[:2] == [engine.total(ledger, Query(("cost",), p))["cost"] for p in periods]


def test_days_without_use_are_zero_in_numbers_and_total_as_in_the_steps(
    open_page: Open, full_books: None
) -> None:
    asked = {"from": ["2026-11-01"], "to": ["2026-11-08"], "in.month": ["2026-11"], "vs": ["previous"]}
    app = _fine(open_page("cost", {**CHANGE, **asked}))
    before, now, change = (_usd(title) for _, title in _grid(app)[-1][1:4])
    assert before == 0 and now == change > 0
    cost, _, rate, tokens = app.metric
    assert cost.delta.startswith("+$") and tokens.delta.startswith("+") and not rate.delta
    assert cost.proto.delta_description == "vs $0.00"
    assert app.dataframe[0].value.iloc[-1]["Before"] == "$0.00"


def test_the_change_says_how_it_is_computed(open_page: Open, full_books: None) -> None:
    text = shown(_fine(open_page("cost", CHANGE)))
    for words in ("**Price**", "**Volume**", "**Mix**", "**Not for tokens**", "The largest effect is"):
        assert words in text


def test_tokens_have_steps_and_no_effects(open_page: Open, full_books: None) -> None:
    app = _fine(open_page("usage", {**CHANGE, "measure": ["tokens"]}))
    assert not any('<table class="tl-grid' in e.proto.body for e in app.get("html"))
    assert "the steps are small" in shown(app)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"measure": ["effective_rate"]}, "is a ratio"),
        ({"vs": ["none"]}, "choose what to compare with"),
        ({"vs": ["year"]}, "is not wholly covered. Unknown is not zero."),
        ({"measure": ["list_cost"], "in.origin": ["Claude Platform"]}, "is unknown in both periods"),
    ],
)
def test_a_change_that_cannot_be_explained_says_why(
    open_page: Open, full_books: None, asked: dict, words: str
) -> None:
    if asked.get("in.origin"):
        asked = {**asked, "measure": ["list_cost"]}
    app = open_page("cost", {**CHANGE, **asked})
    assert not app.exception and not app.error
    assert words in shown(app) or "Nothing passes" in shown(app)


@pytest.mark.parametrize("across", ["day", "week", "month", "model", "origin", "workspace"])
def test_the_pivots_totals_are_the_page(
    open_page: Open, settings: Settings, full_books: None, across: str
) -> None:
    app = _fine(open_page("cost", {**PIVOT, "across": [across], "top": ["2"], "range": ["last_7"]}))
    _, *rows, totals = _grid(app)
    cost = engine.total(open_ledger(settings), Query(("cost",), Period(date(2026, 11, 17), TODAY)))["cost"]
    amounts = [[_usd(title) for _, title in row[1:] if title != "Nothing used"] for row in (*rows, totals)]
    for line in amounts:
        assert sum(line[:-1]) == line[-1]
    assert amounts[-1][-1] == sum(line[-1] for line in amounts[:-1]) == cost


def test_columns_are_the_second_group_unless_others_are_chosen(open_page: Open, full_books: None) -> None:
    app = _fine(open_page("cost", {**PIVOT, "by": ["workspace", "model"]}))
    assert [text for text, _ in _grid(app)[0]][:2] == ["Workspace", "claude-opus-5"]
    app.selectbox(key="w.across").select("month").run()
    assert app.query_params["across"] == "month"
    assert [text for text, _ in _grid(app)[0]] == [
        "Workspace · Model", "Oct 25 – 31, 2026", "Nov 1 – 22, 2026", "Total",
    ]  # fmt: skip


def test_days_not_pulled_are_unknown_and_days_without_use_are_zero(
    open_page: Open, settings: Settings
) -> None:
    books.fill(settings, missing=[date(2026, 11, 18)])
    app = _fine(open_page("cost", {**PIVOT, "range": ["last_7"], "in.origin": ["Claude Platform"]}))
    head, *_, totals = _grid(app)
    column = [text for text, _ in head].index("Nov 18")
    assert totals[column] == ("–", "Not known for these days. Unknown, not zero.")
    app = _fine(open_page("cost", {**PIVOT, "range": ["last_7"], "by": ["product"], "in.product": ["chat"]}))
    assert all(text.startswith("$") for text, _ in _grid(app)[-1][1:])


def test_a_long_range_has_fewer_columns(open_page: Open, full_books: None) -> None:
    app = _fine(open_page("cost", {**PIVOT, "range": ["last_90"]}))
    assert "By week: the range is too long" in shown(app)
    assert len(_grid(app)[0]) <= MOST_COLUMNS + 2


def test_names_in_the_grids_are_text(open_page: Open, full_books: None) -> None:
    for shape in (CHANGE, PIVOT):
        app = _fine(open_page("cost", {**shape, "by": ["workspace"]}))
        assert any("&lt;b&gt;bold" in text for row in _grid(app) for text, _ in row)
        assert "<b>bold</b>" not in "\n".join(e.proto.body for e in app.get("html"))


@pytest.mark.parametrize("shape", ["change", "pivot"])
@pytest.mark.parametrize("page", ["cost", "usage"])
def test_without_rows_or_data_the_page_says_so(
    open_page: Open, settings: Settings, page: str, shape: str
) -> None:
    app = open_page(page, {"show": [shape], "measure": ["cost" if page == "cost" else "tokens"]})
    assert not app.exception and "Connect an organization" in [button.label for button in app.button]
    books.connect_only(settings)
    app = _fine(open_page(page, {"show": [shape]}))
    assert "$0.00" not in shown(app)


def test_the_shape_is_chosen_and_goes_along(open_page: Open, full_books: None) -> None:
    app = open_page("cost")
    (group,) = [g for g in app.get("button_group") if g.label == "Show"]
    group.set_value("change").run()
    assert _fine(app).query_params["show"] == "change"
    app.query_params.clear()
    app.switch_page("pages/usage.py").run()
    assert _fine(app).query_params["show"] == "change"


def test_new_and_vanished_groups_are_named(open_page: Open, settings: Settings, full_books: None) -> None:
    books.add_users(settings, 5)
    app = open_page("cost", {"measure": ["cost"], "by": ["user"], "range": ["last_7"]})
    assert not app.exception
    assert re.search(r"New: extra\S+ and 4 more\.|New: extra\S+, extra\S+ and 3 more\.", shown(app))
    assert "New or gone" in app.dataframe[0].value.columns


def test_no_choice_where_one_is_required_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[object] = []
    monkeypatch.setattr(explorer_state, "change", changes.append)
    for value, changed in ((None, 0), ("pivot", 1)):
        monkeypatch.setattr(st, "session_state", {"w.shape": value})
        explorer_state.change_display("shape", "w.shape")
        assert len(changes) == changed


def test_a_week_cut_at_the_edge_offers_whole_weeks(open_page: Open, full_books: None) -> None:
    """Of October 27, a Tuesday, to November 23, a Monday that is not over: October 26 to November 22."""
    app = _fine(open_page("cost", {"range": ["last_28"], "grain": ["week"]}))
    (offer,) = [button for button in app.button if button.key == "whole-buckets"]
    assert offer.label == "Whole weeks: Oct 26 – Nov 22, 2026"
    _fine(offer.click().run())
    assert (app.query_params["from"], app.query_params["to"]) == ("2026-10-26", "2026-11-23")
    assert "whole-buckets" not in [button.key for button in app.button]
    by_day = _fine(open_page("cost", {"range": ["last_28"]}))
    assert "whole-buckets" not in [button.key for button in by_day.button]
