"""Links that were made once mean the same for ever; and the state of a page agrees with its address."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.explore import explorers, links
from core.explore.query import Query
from core.periods import Period
from core.ui.app import explorer_state
from core.ui.app.address import Address, Params
from core.ui.dashboards import board_state
from core.ui.efficiency.effects import EFFICIENCY
from core.ui.ranking.summary import PAGES

TODAY = date(2026, 11, 23)
LINKS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "links.json").read_text(encoding="utf-8"))
"""Recorded of eighty links, sound and broken: the link that the page then showed, how much it left out."""
EXPLORERS = {
    **explorers.EXPLORERS,
    "efficiency": EFFICIENCY,
    **{name: page.explorer for name, page in PAGES.items()},
}


def shown(page: str, params: Params) -> tuple[str, int]:
    if page == "dashboards":
        board, problems = board_state.opened(params, TODAY)
        return urlencode(board.params(), doseq=True), len(problems)
    opened, problems = explorer_state.opened(params, EXPLORERS[page], TODAY)
    fitting = explorer_state.fitting(opened, EXPLORERS[page], TODAY)
    short, _ = explorer_state.opened(fitting.params(), EXPLORERS[page], TODAY)
    assert explorer_state.fitting(short, EXPLORERS[page], TODAY) == fitting
    return urlencode(fitting.stored(), doseq=True), len(problems)


@pytest.mark.parametrize("recorded", LINKS, ids=lambda link: link["page"])
def test_a_link_shows_what_it_showed(recorded: dict[str, Any]) -> None:
    params = parse_qs(recorded["link"], keep_blank_values=True)
    assert shown(recorded["page"], params) == (recorded["shown"], recorded["problems"])


@pytest.mark.parametrize("recorded", LINKS, ids=lambda link: link["page"])
def test_the_link_that_is_shown_stays(recorded: dict[str, Any]) -> None:
    params = parse_qs(recorded["shown"], keep_blank_values=True)
    assert shown(recorded["page"], params) == (recorded["shown"], 0)


def test_every_parameter_a_link_is_given_is_read_from_an_address() -> None:
    named = explorer_state.ExplorerState(Query(("cost",), Period(TODAY, date(2026, 11, 24)), ("model",)))
    picked = named.displayed(preset=None, versus="chosen", versus_period=named.period, across="day")
    for one in (named, picked):
        assert all(map(links.is_parameter, one.stored()))
    assert not links.is_parameter("utm_source") and not links.is_parameter("board")


# The machine itself, with a state of one number


@dataclass(frozen=True)
class Number:
    value: int

    def params(self) -> Params:
        return {"n": [str(self.value)]}


def page() -> None:
    """A page whose state is a number, with a button that adds one and one that changes nothing."""
    import streamlit as st

    from tests.ui.app.test_address import NUMBER, Number, opened

    state = NUMBER.publish(NUMBER.arrive(opened) or Number(1))
    st.button("More", on_click=NUMBER.change, args=(lambda now: Number(now.value + 1),))
    st.button("Same", on_click=NUMBER.change, args=(lambda now: now,))
    st.button("Reset", on_click=NUMBER.reset)
    st.text(f"{state.value} {NUMBER.turn()} {len(NUMBER.problems())}")


NUMBER: Address[Number] = Address("number", lambda name: name == "n")


def opened(params: Params) -> tuple[Number, list[str]]:
    text = params["n"][0]
    return (Number(int(text)), []) if text.isdecimal() else (Number(0), ["no number"])


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page)


def told(app: AppTest) -> tuple[int, int, int]:
    """The number, the turn, how much could not be read."""
    number, turn, problems = map(int, app.run().text[0].value.split())
    return number, turn, problems


def test_without_parameters_a_page_shows_its_first_state_and_writes_it(app: AppTest) -> None:
    assert told(app) == (1, 1, 0)
    assert app.query_params["n"] == "1"


def test_an_address_that_is_new_wins_over_what_was_shown(app: AppTest) -> None:
    app.run()
    app.query_params["n"] = ["7"]
    assert told(app) == (7, 2, 0)


def test_a_change_wins_over_the_address_that_was_written_before_it(app: AppTest) -> None:
    app.query_params["n"] = ["7"]
    app.run().button[0].click()
    assert told(app) == (8, 2, 0)
    assert app.query_params["n"] == "8"


def test_a_change_that_changes_nothing_lets_the_address_decide(app: AppTest) -> None:
    app.run().button[1].click()
    app.query_params["n"] = ["5"]
    assert told(app) == (5, 2, 0)


def test_what_could_not_be_read_is_told_until_something_is_changed(app: AppTest) -> None:
    app.query_params["n"] = ["many"]
    assert told(app) == (0, 1, 1)
    assert told(app) == (0, 1, 1)
    app.button[0].click()
    assert told(app) == (1, 2, 0)


def test_reset_leads_back_and_a_parameter_of_somebody_else_is_no_state(app: AppTest) -> None:
    app.query_params["utm_source"] = ["mail"]
    assert told(app) == (1, 1, 0)
    app.run().button[0].click()
    app.run().button[2].click()
    assert told(app) == (1, 3, 0)


def test_who_comes_back_without_a_link_finds_the_last_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Address, "_remembered", lambda self: {"n": ["7"]})
    app = AppTest.from_function(page).run()
    assert app.query_params["n"] == ["7"] or app.query_params["n"] == "7"


def test_a_link_wins_over_the_last_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Address, "_remembered", lambda self: {"n": ["7"]})
    app = AppTest.from_function(page)
    app.query_params["n"] = ["3"]
    app.run()
    assert app.query_params["n"] == ["3"] or app.query_params["n"] == "3"


@pytest.mark.parametrize(
    ("cookie", "params"),
    [
        ("range%3Dlast_7%26by%3Dmodel%26utm_source%3Dx", {"range": ["last_7"], "by": ["model"]}),
        ("", {}),
        ("%%%", {}),
        ("in.user%3Da%2526b", {"in.user": ["a&b"]}),
    ],
)
def test_a_cookie_is_read_as_an_address_is(
    monkeypatch: pytest.MonkeyPatch, cookie: str, params: Params
) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies={"token-ledger-view": cookie}))
    assert explorer_state.ADDRESS._remembered() == params
