"""What a dashboard's link holds comes back equal, and a dashboard is found by id or name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore.query import Filter, Query
from core.periods import PRESETS, Period, preset
from core.store.dashboards import Dashboard
from core.ui.app.explorer_state import ExplorerState
from core.ui.dashboards.board_state import BoardState, address_of, chosen, narrowed, opened

TODAY = date(2026, 11, 23)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
DAYS = st.integers(0, 9_000).map(lambda n: date(2001, 1, 1) + timedelta(days=n))
RANGES = st.one_of(
    st.just((None, None)),
    st.sampled_from(list(PRESETS)).map(lambda name: (name, None)),
    st.tuples(DAYS, st.integers(1, 400)).map(lambda p: (None, Period(p[0], p[0] + timedelta(days=p[1])))),
)
FILTERS = st.lists(st.sampled_from(["origin", "cost_center"]), unique=True).flatmap(
    lambda names: st.tuples(*(st.builds(Filter, st.just(n), st.lists(NAMES, min_size=1)) for n in names))
)


@given(RANGES, FILTERS)
def test_a_link_comes_back_equal(days: tuple[str | None, Period | None], filters: tuple[Filter, ...]) -> None:
    state = BoardState("3-finance", *days, filters)
    found, problems = opened(state.params(), TODAY)
    assert problems == []
    assert (found.board, found.preset, found.period) == (state.board, state.preset, state.period)
    assert set(found.filters) == set(state.filters)


@pytest.mark.parametrize("wrong", [{"in.nothing": ["x"]}, {"in.origin": ["~what"]}, {"not.origin": ["x"]}])
def test_a_filter_that_cannot_be_read_takes_no_range_with_it(wrong: dict[str, list[str]]) -> None:
    found, problems = opened({"range": ["last_month"], **wrong}, TODAY)
    assert problems and found.preset == "last_month" and not found.filters


def test_a_range_that_cannot_be_read_is_as_saved() -> None:
    found, problems = opened({"from": ["2026-11-09"], "to": ["soon"]}, TODAY)
    assert problems and found.is_as_saved


BOARDS = [
    Dashboard(1, "Finance"),
    Dashboard(2, "2026 budget"),
    Dashboard(3, "日本"),
    Dashboard(4, "R&D / Ops"),
]


@pytest.mark.parametrize(
    ("board", "id_"),
    [
        *((address_of(board), board.id) for board in BOARDS),
        ("1-an-old-name", 1),
        ("finance", 1),
        ("FINANCE", 1),
        ("2026-budget", 2),
        ("日本", 3),
        ("r-d-ops", 4),
        ("9-finance", None),
        ("12", None),
        ("nothing", None),
        ("-", None),
    ],
)
def test_a_dashboard_is_found_by_id_or_name(board: str, id_: int | None) -> None:
    found = chosen(board, BOARDS)
    assert (found.id if found else None) == id_


def test_what_tiles_share_narrows_and_never_widens() -> None:
    own = (
        Filter("origin", ("claude.ai",)),
        Filter("origin", ("x",), exclude=True),
        Filter("model", ("m",)),
    )
    view = ExplorerState(Query(("cost",), preset("last_30", TODAY), ("model",), own))
    both = BoardState("", "last_7", None, (Filter("origin", ("claude.ai", "Claude Platform")),))
    found = narrowed(view, both, TODAY)
    assert found is not None and found.period == preset("last_7", TODAY)
    assert set(found.query.filters) == set(view.query.filters)
    other = BoardState(filters=(Filter("origin", ("Claude Platform",)),))
    assert narrowed(view, other, TODAY) is None
