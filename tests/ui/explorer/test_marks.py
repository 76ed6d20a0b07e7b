"""What is marked on an explorer's days: only what belongs to its filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.explore import explorers
from core.explore.workbook import workbook_bytes
from core.settings import Settings
from core.store.annotations import add_annotation
from core.store.database import database
from core.store.findings import (
    FoundNow,
    SeriesKey,
    acknowledge,
    keep_findings,
    list_findings,
    mark_expected,
    mute,
)
from core.ui.app import data, explorer_state
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.marks import marks_of
from core.watch.evaluate import params_of
from tests.explore.reading import read_workbook
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
DAY = date(2026, 11, 10)
CHECKOUT = SeriesKey("workspace", "Checkout")
SPIKE = FoundNow(CHECKOUT, "Checkout", "spike", "cost", 1, DAY, DAY, DAY, 10**9, 9 * 10**9)


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def keep(settings: Settings, *found: FoundNow) -> int:
    with database(settings) as db:
        keep_findings(db, found, date(2026, 1, 1), books.NOW)
        return list_findings(db)[0].id


def note(settings: Settings, text: str, scope: dict[str, list[str]], day: date = DAY) -> None:
    with database(settings) as db:
        add_annotation(db, day, day, text, scope, books.NOW)


TODAY = books.NOW.date()


def answer(today: date = TODAY, **params: list[str]) -> Answer:
    state, problems = explorer_state.opened({"range": ["last_30"], **params}, explorers.COST, today)
    assert not problems
    return Answer(explorers.COST, state, data.ledger(), today)


def marked(**params: list[str]) -> list[str]:
    return [mark.words for mark in marks_of(answer(**params))]


SAID = "Workspace Checkout spent more than expected, +$80.00"


@pytest.mark.parametrize(
    ("params", "is_there"),
    [
        ({}, True),
        ({"in.workspace": ["Checkout"]}, True),
        ({"in.workspace": ["Checkout", books.NASTY]}, True),
        ({"in.workspace": [books.NASTY]}, False),
        ({"not.workspace": ["Checkout"]}, False),
        ({"in.model": ["claude-opus-5"]}, True),
        ({"in.api_key": ["Key 1"]}, True),
        ({"in.api_key": ["Key 2"]}, False),
        ({"in.cost_center": ["Everyone"]}, False),
    ],
)
def test_a_finding_is_marked_where_the_view_has_something_of_it(
    settings: Settings, params: dict[str, list[str]], is_there: bool
) -> None:
    """The key of Checkout is Key 1; it is a workspace of Engineering, not of Everyone."""
    keep(settings, SPIKE)
    assert marked(**params) == [SAID] * is_there


def test_notes_without_a_scope_are_marked_everywhere_and_others_where_they_belong(settings: Settings) -> None:
    note(settings, "Launch", {})
    note(settings, "New agent", params_of(CHECKOUT))
    note(settings, "Nobody can read this", {"in.nothing_of_this_name": ["x"]})
    note(settings, "Long ago", {}, date(2026, 8, 2))
    told = "New agent (Workspace is Checkout)"
    assert sorted(marked()) == ["Launch", told]
    assert marked(**{"in.workspace": [books.NASTY]}) == ["Launch"]


def test_what_is_answered_is_left_in_peace_but_for_what_was_expected(settings: Settings) -> None:
    id_ = keep(settings, SPIKE)
    with database(settings) as db:
        acknowledge(db, id_)
    assert marked() == []
    with database(settings) as db:
        mark_expected(db, id_, "Load test", params_of(CHECKOUT), books.NOW)
    assert marked() == [f"{SAID}. Expected: Load test"], "its note is not told twice"
    other = replace(SPIKE, key=SeriesKey("model", "claude-opus-5"), label="claude-opus-5")
    keep(settings, SPIKE, other)
    assert len(marked()) == 2
    with database(settings) as db:
        mute(db, other.key, other.label, books.NOW)
    assert len(marked()) == 1


def test_what_stopped_is_marked_on_days_that_have_nothing_of_it(settings: Settings) -> None:
    """The books end with Nov 23; four weeks on, nobody knows any more that it was there."""
    filters = {"in.model": ["claude-opus-5"]}
    for day, count in ((date(2026, 11, 28), 1), (date(2026, 12, 29), 0)):
        keep(settings, replace(SPIKE, kind="stopped", sign=-1, first=day, last=day, found_on=day))
        assert len(marks_of(answer(date(2026, 12, 30), range=["last_90"], **filters))) == count
        with database(settings) as db:
            db.table("findings").delete_where()


@pytest.mark.parametrize("page", ["cost", "usage"])
def test_the_chart_has_a_few_and_says_how_many_more(settings: Settings, open_page: Open, page: str) -> None:
    assert "on the axis" not in shown(open_page(page, {"range": ["last_30"]}))
    note(settings, "Launch *now* <b>", {})
    found = [
        replace(SPIKE, key=SeriesKey("user", f"u{n}"), first=day, last=day, actual=(n + 2) * 10**9)
        for n, day in enumerate(date(2026, 11, number) for number in range(2, 9))
    ]
    keep(settings, *found)
    app = open_page(page, {"range": ["last_30"]})
    assert not app.exception
    said = shown(app)
    assert "▲ on the axis: 4 anomalies, 1 annotation; 3 more of these days on the Anomalies page." in said
    specification = json.dumps([json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")[:1]])
    assert "triangle-up" in specification


def test_a_workbook_names_every_mark(settings: Settings) -> None:
    keep(settings, SPIKE)
    note(settings, "=Launch()", {})
    lines = read_workbook(workbook_bytes([], about(answer())))["About"]
    assert ["Anomaly", f"Nov 10, 2026: {SAID}"] in lines
    assert ["Annotation", "Nov 10, 2026: =Launch()"] in lines
