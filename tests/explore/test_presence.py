"""Which scopes a view has anything of: the same as looking at every row for every scope."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import CONNECTION_DIMENSIONS, LEDGER_DIMENSIONS
from core.explore import engine
from core.explore.presence import Place, present
from core.explore.query import Empty, Filter, Query
from core.ledger.snapshot import Snapshot
from core.periods import Period
from tests.explore.ledgers import CONNECTIONS, OCTOBER, PLATFORM, PLATFORM_2, Row, ledger_of, row, told_apart
from tests.explore.naive import passes
from tests.explore.strategies import DAYS, LEDGER_ROWS, QUERIES, TEXTS
from tests.properties import tried

NAMES = st.sampled_from([*LEDGER_DIMENSIONS, *CONNECTION_DIMENSIONS, "day", "month"])


@st.composite
def places(draw: st.DrawFn) -> Place:
    start = draw(DAYS)
    days = Period(start, start + timedelta(days=draw(st.integers(1, 40))))
    scope = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=2, unique=True)):
        values = DAYS.map(str) if name in ("day", "month") else TEXTS | st.sampled_from(list(Empty))
        several = draw(st.lists(values, min_size=1, max_size=2).map(tuple))
        scope.append(Filter(name, several, exclude=draw(st.sampled_from((False, False, True)))))
    return Place(days, tuple(scope))


def plain(lines: list[Row], asked: tuple[Filter, ...], place: Place) -> bool:
    """Row by row; the filters one after the other, for two of one kind make no question."""
    questions = [Query(("cost",), place.days, (), (one,)) for one in (*asked, *place.scope)]
    return any(all(passes(line, question, CONNECTIONS) for question in questions) for line in lines)


@tried(150)
@given(lines=LEDGER_ROWS, query=QUERIES, places=st.lists(places(), max_size=6))
def test_a_place_is_there_where_any_row_is(lines: list[Row], query: Query, places: list[Place]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_of(Path(folder), lines)
        told = present(ledger, query.filters, places, lambda question: engine.rows(ledger, question))
    assert told == [plain(lines, query.filters, place) for place in places]


def place(dimension: str, value: str | Empty, first: int = 1, days: int = 31) -> Place:
    start = date(2026, 10, first)
    return Place(Period(start, start + timedelta(days=days)), (Filter(dimension, (value,)),))


OPUS = (Filter("model", ("opus",)),)


def asking(ledger: Snapshot, *places: Place) -> tuple[list[bool], list[Query]]:
    asked = []

    def rows(question: Query) -> pl.DataFrame:
        asked.append(question)
        return engine.rows(ledger, question)

    return present(ledger, OPUS, places, rows), asked


def test_hundreds_of_keys_and_teams_take_a_question_for_each_dimension(tmp_path: Path) -> None:
    lines = [
        row(
            day=1 + n % 31, api_key=f"k{n}", workspace=f"w{n % 7}", model="opus" if n % 3 else "haiku", cost=1
        )
        for n in range(300)
    ]
    keys = [place("api_key", f"k{n}") for n in range(400)]
    teams = [place("workspace", f"w{n}") for n in range(9)]
    told, asked = asking(ledger_of(tmp_path, lines), *keys, *teams)
    assert told == [*(n < 300 and n % 3 > 0 for n in range(400)), *[True] * 7, False, False]
    assert [question.group_by for question in asked] == [("api_key", "day"), ("workspace", "day")]


@pytest.mark.parametrize(
    ("first", "days", "is_there"), [(5, 1, True), (4, 1, False), (6, 9, False), (1, 5, True)]
)
def test_only_its_own_days_count(tmp_path: Path, first: int, days: int, is_there: bool) -> None:
    """Another place of the same dimension has the day that this one lacks."""
    lines = [row(day=5, api_key="k", model="opus", cost=1)]
    told, _ = asking(ledger_of(tmp_path, lines), place("api_key", "k", first, days), place("api_key", "k"))
    assert told == [is_there, True]


def test_a_name_that_two_bear_means_both_and_a_label_only_its_own(tmp_path: Path) -> None:
    lines = [
        row(PLATFORM, api_key="prod", api_key_id="1", model="opus", cost=1),
        row(PLATFORM_2, api_key="prod", api_key_id="2", model="haiku", cost=1),
    ]
    ledger = told_apart(ledger_of(tmp_path, lines), lines)
    labels = sorted(engine.rows(ledger, Query(("cost",), OCTOBER, ("api_key",)))["api_key"])
    assert len(set(labels)) == 2, "the two are told apart"
    of_opus, _ = asking(ledger, *(place("api_key", label) for label in labels), place("api_key", "prod"))
    assert sorted(of_opus[:2]) == [False, True]
    assert of_opus[2]


def test_what_the_view_leaves_out_is_not_there(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, [row(day=5, model="opus", cost=1)])
    told, _ = asking(
        ledger, place("model", "haiku"), place("model", "opus"), place("user", Empty.UNATTRIBUTED)
    )
    assert told == [False, True, False]
